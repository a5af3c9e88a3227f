import { describe, GraphError, mean, type Scope, type Tensor } from '../../graph/index.ts';
import { linear } from '../../nn/index.ts';
import {
  factorizedKernels,
  firstReduction,
  halvingMaximal,
  maximal,
  ownAverage,
  paddedAverage,
  secondReduction,
  smallKernels,
  wideKernels,
} from './blocks.ts';
import type { InceptionV3Config } from './config.ts';
import { convolution } from './convolution.ts';

/** Outputs of Inception-v3. */
export interface InceptionV3Output {
  /** After the average over all pixels: [b, 2048], from 0. FID compares these. */
  readonly features: Tensor;
  /** [b, classes]. The Inception score compares these. */
  readonly logits: Tensor;
}

/** Side in pixels of the pictures that the network was trained with. */
export const inceptionV3Size = 299;

/** Smallest side from which every convolution has a pixel left. */
const smallest = 75;

/**
 * Inception-v3 (Szegedy et al., 2016, "Rethinking the Inception architecture for computer vision") without its auxiliary
 * head, in inference. Parameters have torchvision's names. The `fid` variant averages over those pixels that there are,
 * and takes the maximum in its last block: so did the TensorFlow graph of 2015.
 * @param pixels [b, 3, h, w], -1 .. 1, at least 75 x 75; 299 x 299 for figures that compare
 */
export function inceptionV3(
  p: Scope,
  pixels: Tensor,
  { variant, classes }: InceptionV3Config,
): InceptionV3Output {
  if (pixels.rank !== 4 || pixels.dim(1) !== 3 || pixels.dim(2) < smallest || pixels.dim(3) < smallest) {
    throw new GraphError(
      `inceptionV3: expected pixels [b, 3, h, w] of at least ${smallest} x ${smallest}, got ${describe(pixels)}`,
    );
  }
  const average = variant === 'fid' ? ownAverage : paddedAverage;
  const last = variant === 'fid' ? maximal : paddedAverage;

  let x = convolution(p.at('Conv2d_1a_3x3'), pixels, 32, { kernel: [3, 3], stride: 2 }); // [b, 32, 149, 149] of 299 x 299
  x = convolution(p.at('Conv2d_2a_3x3'), x, 32, { kernel: [3, 3] });
  x = convolution(p.at('Conv2d_2b_3x3'), x, 64, { kernel: [3, 3], padding: [1, 1] });
  x = halvingMaximal(x); // [b, 64, 73, 73]
  x = convolution(p.at('Conv2d_3b_1x1'), x, 80);
  x = convolution(p.at('Conv2d_4a_3x3'), x, 192, { kernel: [3, 3] });
  x = halvingMaximal(x); // [b, 192, 35, 35]

  x = smallKernels(p.at('Mixed_5b'), x, average, 32);
  x = smallKernels(p.at('Mixed_5c'), x, average, 64);
  x = smallKernels(p.at('Mixed_5d'), x, average, 64); // [b, 288, 35, 35]
  x = firstReduction(p.at('Mixed_6a'), x);
  x = factorizedKernels(p.at('Mixed_6b'), x, average, 128);
  x = factorizedKernels(p.at('Mixed_6c'), x, average, 160);
  x = factorizedKernels(p.at('Mixed_6d'), x, average, 160);
  x = factorizedKernels(p.at('Mixed_6e'), x, average, 192); // [b, 768, 17, 17]
  x = secondReduction(p.at('Mixed_7a'), x);
  x = wideKernels(p.at('Mixed_7b'), x, average);
  x = wideKernels(p.at('Mixed_7c'), x, last); // [b, 2048, 8, 8]

  const features = mean(x, { axes: [2, 3] });
  return { features, logits: linear(p.at('fc'), features, classes) };
}
