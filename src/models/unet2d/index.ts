export { readUNet2DConfig, type UNet2DConfig } from './config.ts';
export { draft, draftMap } from './draft.ts';
export { type Level, type LevelNames, readLevels, readMiddleLayers } from './levels.ts';
export { timeIds, timeIdsInput } from './timeIds.ts';
export { type UNet2DInputs, unet2d } from './unet2d.ts';
export { type Refine, type Stage, type UShape, uShape } from './uShape.ts';
