export { type DescribedPerson, type FrameTexts, frameTexts, joined, wrongExpression } from './captions.ts';
export { EpisodeArtist, framesPerSecond } from './episodeArtist.ts';
export { episodeScript } from './episodeScript.ts';
export { type FaceAttribute, faceAttributes, faceLabels, faceSpace, twinOf } from './faceAttributes.ts';
export { FaceArtist, type FaceView, faceMargin, faceSide, type SeenPerson } from './faceBatch.ts';
export { type FaceTest, faceTest } from './faceTest.ts';
export { type DataFilm, type FilmData, type FilmSplits, filmSetFolder, readFilmData } from './filmData.ts';
export { type FilmEpisode, type FilmSet, filmFrames } from './filmFrames.ts';
export { frameImage, framesByRow } from './frameImages.ts';
export { drawEpisode, drawRows, type KeyframeSet } from './keyframeSet.ts';
export { LabelSpace, type Labels } from './labelSpace.ts';
export { drawSides, MirroredRows, type Side } from './mirroredRows.ts';
export { PaintedFrames } from './paintedFrames.ts';
export { FeatureRows, FrameRows, RowWriter } from './rowFile.ts';
export { type SentenceCounts, scriptSentences, sentencesByExpression } from './scriptSentences.ts';
export { type Attribute, type LabelledSentence, labelledSentences, sentenceSpace } from './sentenceLabels.ts';
export {
  type EpisodeRecord,
  type FrameRecord,
  type FrameSet,
  type FrameSetOptions,
  frameCount,
  frameSetFolder,
  theatreFrames,
} from './theatreFrames.ts';
