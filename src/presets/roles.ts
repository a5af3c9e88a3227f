import type { ModelName } from './preset.ts';

/** Which models make which part of a film. A model that stands in for another one follows it in the preset's own rules. */

/** Models that turn a script into tokens (paper 3.4). */
export const tokenModels: readonly ModelName[] = ['clip', 'text', 'face', 'autoregressor'];
/** Models that turn reference pictures into tokens; needed only with `references`. */
export const referenceModels: readonly ModelName[] = ['clip', 'compressor'];
/** Models that turn tokens into keyframes (paper 3.3). */
export const keyframeModels: readonly ModelName[] = ['clip', 'text', 'face', 'vae', 'unet', 'renderer'];
/** Models that turn keyframes into clips (paper 3.5). */
export const clipModels: readonly ModelName[] = [
  'clip',
  'vae',
  'animator',
  'animator_vae',
  'animator_image_encoder',
];
