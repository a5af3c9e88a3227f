export { type ClipPreprocessConfig, clipPreprocess, clipStatistics } from './clipPreprocess.ts';
export { type ContactSheetOptions, contactSheet } from './contactSheet.ts';
export { drawText, fillRect, textWidth } from './font.ts';
export { escapeHtml, htmlPage, relativeUrl } from './html.ts';
export { cropImage, flipImage, fromTensor, type Image, newImage, pasteImage, toTensor } from './image.ts';
export { fidInceptionPixels, torchvisionInceptionPixels } from './inceptionPreprocess.ts';
export { drawLineChart, type LineChartOptions, lineChart, type Series } from './lineChart.ts';
export { decodeImage, encodePng, PictureError, readImage, readPicture, writePng } from './picture.ts';
export { coverImage, type Filter, resizeImage } from './resample.ts';
export { type Storyboard, type StoryboardShot, storyboardHtml, writeStoryboard } from './storyboard.ts';
export { type SvdPreprocessConfig, svdPreprocess } from './svdPreprocess.ts';
export {
  concatVideos,
  readVideo,
  type VideoBackendName,
  type VideoOptions,
  VideoWriter,
  videoBackend,
} from './video.ts';
