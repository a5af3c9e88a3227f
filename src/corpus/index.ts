export { faceAttributes, twinOf } from './faceAttributes.ts';
export { type FaceViews, faceViews, type Person, storedMargin, storedSide } from './faceViews.ts';
export { frameImage, framesByRow } from './frameImages.ts';
export { drawSides, MirroredRows, type Side } from './mirroredRows.ts';
export { FeatureRows, FrameRows, RowWriter } from './rowFile.ts';
export {
  type EpisodeRecord,
  type FrameRecord,
  type FrameSet,
  frameCount,
  frameSetFolder,
  theatreFrames,
} from './theatreFrames.ts';
