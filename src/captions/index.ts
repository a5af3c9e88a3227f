/** Captions of films' keyframes and people, and scripts from them (paper, appendix C). */

export { Answers } from './answers.ts';
export type { CaptionsEvent } from './asker.ts';
export type { CaptionedFilm, CaptionedShot, LeftOut } from './captioned.ts';
export { readScriptedFilm, type ScriptedFilm } from './captionedShots.ts';
export { BudgetError, CaptionsError, NoAnswerError } from './captionsError.ts';
export {
  type CondensedClip,
  type CondensedMovies,
  characterNames,
  clipPath,
  readCondensedMovies,
  writeCondensedMovies,
} from './condensedMovies.ts';
export { type DatasetFilm, readDatasetFilm } from './dataset.ts';
export { type EndpointOptions, endpointCaptioner, endpointScripter } from './endpoint.ts';
export { type CaptionEstimate, estimateFilm } from './estimate.ts';
export { type FilmScriptOptions, filmScript, filmScriptText } from './filmScript.ts';
export { withNames } from './labels.ts';
export { Ledger, type Prices } from './ledger.ts';
export { type MadeEvent, type MakeCaptionsOptions, makeCaptions } from './makeCaptions.ts';
export {
  type MovieBenchOptions,
  type MovieBenchShot,
  movieBenchShots,
  readMovieBench,
  writeMovieBench,
} from './movieBench.ts';
export { type CaptionOptions, captionFilm } from './pipeline.ts';
export { type Prompts, promptFolder, readPrompts } from './prompts.ts';
export { type ReviewOptions, reviewHtml, writeReview } from './review.ts';
export {
  addFigures,
  type CaptionFigures,
  captionFigures,
  type DrawnTruth,
  noFigures,
} from './theatre/figures.ts';
export { theatreCaptioner } from './theatre/theatreCaptioner.ts';
export { openTheatre, type TheatreModels, type TheatreOptions } from './theatre/theatreModels.ts';
export { theatreScripter } from './theatre/theatreScripter.ts';
export type * from './types.ts';
