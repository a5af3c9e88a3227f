export {
  type ClipActivation,
  type ClipEncoderConfig,
  type ClipOpenaiConfig,
  type ClipTextConfig,
  type ClipVisionConfig,
  readClipOpenaiConfig,
  readClipTextConfig,
  readClipVisionConfig,
} from './configs.ts';
export { gridSize } from './encoder.ts';
export { type ClipOpenaiImage, type ClipOpenaiText, clipOpenaiImage, clipOpenaiText } from './openai.ts';
export { type ClipOpenaiShape, type NamedShapes, readClipOpenaiShape } from './openaiShape.ts';
export { stretchPositions } from './positions.ts';
export { clipSimilarity } from './similarity.ts';
export { type ClipTextOutput, clipText, clipTextWithProjection, textEnds } from './text.ts';
export { type ClipVisionOutput, clipVision, clipVisionWithProjection } from './vision.ts';
