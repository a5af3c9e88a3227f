export { adaptedLinear } from './adapted.ts';
export { type AttentionOptions, attention, mergeHeads, splitHeads } from './attention.ts';
export { initialValues } from './initialise.ts';
export {
  activation,
  type Conv2dOptions,
  conv2d,
  embedding,
  groupNorm,
  type LinearOptions,
  layerNorm,
  linear,
  linearParts,
  rmsNorm,
  standardize,
} from './layers.ts';
export { composeLinear, isLora, isTarget, type LoraLayer, lora } from './lora.ts';
export { type AveragePoolOptions, averagePool2d, maxPool2d, type PoolOptions } from './pooling.ts';
export { packedName, quantizationBlock, quantizedLinear, scalesName } from './quantized.ts';
