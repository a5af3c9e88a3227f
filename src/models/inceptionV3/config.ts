import { ConfigError } from '../configs.ts';

/** Which of the published Inception-v3 networks the weights are of. */
export type InceptionV3Variant =
  /** As torchvision publishes it: 1000 classes of ImageNet. */
  | 'torchvision'
  /**
   * The network of 2015 that FID and the Inception score were defined with, brought from TensorFlow to torch by
   * pytorch-fid: 1008 logits, and other pooling within the blocks.
   */
  | 'fid';

/** Inception-v3 (Szegedy et al., 2016). */
export interface InceptionV3Config {
  /** Which published weights and which of their deviations. */
  readonly variant: InceptionV3Variant;
  /** Number of logits. */
  readonly classes: number;
}

/** Width of the pooled features. */
export const inceptionV3Features = 2048;

const variants: ReadonlyMap<number, InceptionV3Variant> = new Map([
  [1000, 'torchvision'],
  [1008, 'fid'],
]);

/**
 * Tells the variant by the only trace that it leaves in the weights: the number of rows of `fc.weight`, 1000 or 1008.
 * Throws `ConfigError` for any other network. Weights that others trained for the same network and 1000 classes pass for
 * torchvision's: only the fingerprint identifies them.
 * @param shapes of all parameters by name
 */
export function readInceptionV3Config(shapes: ReadonlyMap<string, readonly number[]>): InceptionV3Config {
  const head = shapes.get('fc.weight');
  const classes = head?.[0] ?? 0;
  const variant = variants.get(classes);
  if (variant && head?.length === 2 && head[1] === inceptionV3Features) return { variant, classes };
  const some = [...shapes].slice(0, 4).map(([name, shape]) => `${name} [${shape}]`);
  const got = head ? `fc.weight [${head}]` : `${some.join(', ') || 'no tensors'} and no fc.weight`;
  throw new ConfigError(
    `Inception-v3: expected fc.weight [1000, ${inceptionV3Features}] (torchvision's) or [1008, ${inceptionV3Features}] ` +
      `(pytorch-fid's), got ${got}; give the weights of one of the two, with torchvision's names`,
  );
}
