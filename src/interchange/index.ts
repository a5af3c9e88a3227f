/** Ways out of the program and back: the cut of a film in formats of editors, pages of its pictures, subtitles. */
export {
  type Exported,
  type ExportOptions,
  exportFilm,
  type FormatName,
  formatNames,
} from './exportFilm.ts';
export type { SignWith } from './exportMaster.ts';
export { type FilmSource, filmSource, filmTimeline } from './filmTimeline.ts';
export { type ImportedCut, importCut } from './importCut.ts';
export { InterchangeError } from './interchangeError.ts';
export { type PerPage, perPageChoices } from './storyboardPdf.ts';
export type { Timeline, TimelineClip, TimelineLine, TimelineMedia, TimelineShot } from './timeline.ts';
