/** The paper's metrics, those of others beside them, and what measures a film with all of them. */

export { defaultFaceThreshold } from '../metrics/index.ts';
export { type EncoderChoice, openEncoders, releaseEncoders } from './encoders.ts';
export type { EncoderIdentity, EncoderRole, Encoders } from './encoderTypes.ts';
export { type Evaluation, evaluationFormat, valueText } from './evaluation.ts';
export { EvaluationError } from './evaluationError.ts';
export {
  type EvaluateOptions,
  type EvaluationEvent,
  Evaluator,
  evaluate,
  type LoadEvaluatorOptions,
} from './evaluator.ts';
export { type Film, type FilmFrame, type FilmSource, readFilm } from './film.ts';
export { makeFolder } from './makeFolder.ts';
export type { LeftOut, MeasureOptions, Metric, MetricInfo } from './metric.ts';
export type { FramesEvent } from './observe.ts';
export type { ScoredFace, ShotScores } from './shotScores.ts';
