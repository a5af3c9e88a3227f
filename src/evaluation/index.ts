/** The paper's metrics, those of others beside them, and what measures a film with all of them. */
export { bestAssignment, type Pair } from './assignment.ts';
export {
  type CharacterFrame,
  copyPaste,
  countMatching,
  crossSimilarity,
  type MatchedFace,
  matchFaces,
  selfSimilarity,
} from './characters.ts';
export {
  type Appearance,
  type ConsistencyFrame,
  type LongTermConsistency,
  longTermConsistency,
  shortTermConsistency,
  subjectConsistency,
} from './consistency.ts';
export { cosineMatrix, cosineSimilarity } from './cosine.ts';
export type { EncoderChoice, EncoderIdentity, EncoderRole } from './encoders.ts';
export { type Evaluation, valueText } from './evaluation.ts';
export { EvaluationError } from './evaluationError.ts';
export {
  defaultFaceThreshold,
  type EvaluateOptions,
  type EvaluationEvent,
  Evaluator,
  evaluate,
  type LoadEvaluatorOptions,
} from './evaluator.ts';
export { type Film, type FilmFrame, type FilmSource, readFilm } from './film.ts';
export {
  type FeatureStatistics,
  type FrechetDistance,
  featureStatistics,
  frechetDistance,
  frechetDistanceOfSets,
} from './frechet.ts';
export { type InceptionScore, inceptionScore } from './inceptionScore.ts';
export type { LeftOut, Metric, MetricInfo } from './metric.ts';
export type { ScoredFace, ShotScores } from './shotScores.ts';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.ts';
