/** Captions of films' keyframes and people, and scripts from them (paper, appendix C). */

export { Answers } from './answers.ts';
export { BudgetError, CaptionsError, NoAnswerError } from './captionsError.ts';
export { type EndpointOptions, endpointCaptioner, endpointScripter } from './endpoint.ts';
export { withNames } from './labels.ts';
export { Ledger, type Prices } from './ledger.ts';
export {
  type CaptionedFilm,
  type CaptionedShot,
  type CaptionOptions,
  type CaptionsEvent,
  captionFilm,
  type LeftOut,
} from './pipeline.ts';
export { type Prompts, promptFolder, readPrompts } from './prompts.ts';
export { addFigures, type CaptionFigures, captionFigures, type DrawnTruth } from './theatre/figures.ts';
export { theatreCaptioner } from './theatre/theatreCaptioner.ts';
export { openTheatre, type TheatreModels, type TheatreOptions } from './theatre/theatreModels.ts';
export { theatreScripter } from './theatre/theatreScripter.ts';
export type * from './types.ts';
