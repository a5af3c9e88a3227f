export {
  type GaussianMixtureConfig,
  gaussianMixtureConfig,
  headSize,
  type MixtureLayout,
  type ScaleParametrisation,
} from './config.ts';
export { type MixtureLoss, type MixtureLossKind, type MixtureLossOptions, mixtureLoss } from './loss.ts';
export {
  type Mixture,
  mixtureMean,
  mixtureOf,
  mixtureWeights,
  negativeLogLikelihood,
  standardDeviation,
} from './mixture.ts';
export { type Guidance, type HostMixture, hostMixture, type SampleOptions, sampleMixture } from './sample.ts';
