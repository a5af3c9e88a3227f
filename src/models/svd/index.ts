export {
  readSvdUNetConfig,
  readTemporalVaeConfig,
  type SvdUNetConfig,
  type TemporalVaeConfig,
} from './config.ts';
export { imageWeightName, inflateImageWeights } from './inflate.ts';
export { type SvdUNetInputs, svdUNet } from './svdUNet.ts';
export { decodeTemporalVae, encodeTemporalVae } from './temporalVae.ts';
