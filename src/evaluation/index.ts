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
export {
  type FeatureStatistics,
  type FrechetDistance,
  featureStatistics,
  frechetDistance,
} from './frechet.ts';
export { type InceptionScore, inceptionScore } from './inceptionScore.ts';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.ts';
