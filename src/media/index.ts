export { concatVideos } from './concatVideos.ts';
export {
  checkImage,
  cropImage,
  flipImage,
  fromTensor,
  type Image,
  newImage,
  pasteImage,
  toTensor,
} from './image.ts';
export { type Mp4Track, readMp4Track } from './mp4Track.ts';
export {
  decodeImage,
  encodePng,
  imageAt,
  PictureError,
  readImage,
  readPicture,
  writePng,
} from './picture.ts';
export { coverImage, type Filter, resizeImage } from './resample.ts';
export { type ContactSheetOptions, contactSheet } from './sheets/contactSheet.ts';
export { drawText, fillRect, textWidth } from './sheets/font.ts';
export { escapeHtml, htmlPage, relativeUrl } from './sheets/html.ts';
export { drawLineChart, type LineChartOptions, lineChart, type Series } from './sheets/lineChart.ts';
export {
  type Storyboard,
  type StoryboardCheck,
  type StoryboardShot,
  storyboardHtml,
  writeStoryboard,
} from './sheets/storyboard.ts';
export { readSound, type Sound, soundLength, writeWithSound } from './sound.ts';
export { trimVideo } from './trimVideo.ts';
export { type VideoBackendName, type VideoOptions, VideoWriter, videoBackend } from './video.ts';
export type { Rational } from './videoBackend.ts';
export { VideoError } from './videoError.ts';
export {
  type CoveredFrame,
  openVideo,
  readVideo,
  type ScannedFrame,
  type VideoFrame,
  type VideoSource,
} from './videoSource.ts';
