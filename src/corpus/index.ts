export { type FaceAttribute, faceAttributes, faceLabels, faceSpace, twinOf } from './faceAttributes.ts';
export { FaceArtist, type FaceView, faceMargin, faceSide, type SeenPerson } from './faceBatch.ts';
export { frameImage, framesByRow } from './frameImages.ts';
export { LabelSpace, type Labels } from './labelSpace.ts';
export { drawSides, MirroredRows, type Side } from './mirroredRows.ts';
export { FeatureRows, FrameRows, RowWriter } from './rowFile.ts';
export {
  type EpisodeRecord,
  type FrameRecord,
  type FrameSet,
  type FrameSetOptions,
  frameCount,
  frameSetFolder,
  theatreFrames,
} from './theatreFrames.ts';
