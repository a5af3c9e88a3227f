export {
  type InceptionV3Config,
  type InceptionV3Variant,
  inceptionV3Features,
  readInceptionV3Config,
} from './config.ts';
export { type InceptionV3Output, inceptionV3, inceptionV3Size } from './inceptionV3.ts';
