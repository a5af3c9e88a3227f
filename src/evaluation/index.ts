export { cosineMatrix, cosineSimilarity } from './cosine.ts';
export {
  type FeatureStatistics,
  type FrechetDistance,
  featureStatistics,
  frechetDistance,
} from './frechet.ts';
export { type InceptionScore, inceptionScore } from './inceptionScore.ts';
export { type SymmetricEigen, symmetricEigen } from './symmetricEigen.ts';
