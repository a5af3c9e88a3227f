export { bestAssignment, type Pair } from './assignment.ts';
export {
  type CharacterFrame,
  copyPaste,
  countMatching,
  crossSimilarity,
  defaultFaceThreshold,
  type MatchedFace,
  matchFaces,
  selfSimilarity,
} from './characters.ts';
export { clipScore } from './clipScore.ts';
export {
  type Appearance,
  type ConsistencyFrame,
  type LongTermConsistency,
  longTermConsistency,
  shortTermConsistency,
  subjectConsistency,
} from './consistency.ts';
export { cosineMatrix, cosineSimilarity } from './cosine.ts';
export { meanAbsoluteLaplacian } from './detail.ts';
export {
  type FeatureStatistics,
  type FrechetDistance,
  featureStatistics,
  frechetDistance,
  frechetDistanceOfSets,
} from './frechet.ts';
export { type Grey, greyOf, type Pixels } from './grey.ts';
export { appearancesOf, type Identity, identify } from './identities.ts';
export { type InceptionScore, inceptionScore } from './inceptionScore.ts';
export { mean } from './mean.ts';
export { peakNeighbours, periodEnergy, periodPeak } from './periodicity.ts';
export { pooledPatches } from './pooledPatches.ts';
export { type Probe, trainProbe } from './probe.ts';
export { type RelativeSharpness, relativeSharpness, type Sharpness, sharpnessOf } from './sharpness.ts';
export { structuralSimilarity } from './ssim.ts';
export { type Comparison, compare, rule, type Sample, spreadOf } from './statistics.ts';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.ts';
