export { writeAtomically, writeFileAtomic } from './atomic.ts';
export { type ClipPreprocessConfig, clipPreprocess } from './clipPreprocess.ts';
export { cropImage, flipImage, fromTensor, type Image, newImage, pasteImage, toTensor } from './image.ts';
export { decodeImage, encodePng, PictureError, readImage, readPicture, writePng } from './picture.ts';
export { coverImage, type Filter, resizeImage } from './resample.ts';
export { type SvdPreprocessConfig, svdPreprocess } from './svdPreprocess.ts';
export {
  concatVideos,
  readVideo,
  type VideoBackendName,
  type VideoOptions,
  VideoWriter,
  videoBackend,
} from './video.ts';
