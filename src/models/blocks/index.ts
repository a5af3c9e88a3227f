export { attend, attendInParts, attendToRows, pixelAttention, toImage, toTokens } from './attention.ts';
export { blockTypes, checkDivides, counts, countsPerLevel } from './levels.ts';
export { downsample, upsample } from './resample.ts';
export { type Convolve, type ResnetOptions, resnet } from './resnet.ts';
export { perSample, type SinusoidOptions, sinusoid, timeMlp } from './timestep.ts';
export { feedForward, type TransformerOptions, transformer2d, transformerBlock } from './transformer.ts';
