export { decodeKl, drawFrom, encodeKl, type Posterior, posteriorOf } from './autoencoderKl.ts';
export { decoder, encoder, epsilon, head } from './coder.ts';
export {
  type AutoencoderKlConfig,
  type CoderConfig,
  downsamplingOf,
  readAutoencoderKlConfig,
} from './config.ts';
export { depthToSpace, spaceToDepth } from './patches.ts';
export { tail } from './tail.ts';
