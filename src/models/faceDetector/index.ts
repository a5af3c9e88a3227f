import {
  add,
  constant,
  describe,
  f32,
  GraphError,
  type Scope,
  silu,
  slice,
  type Tensor,
} from '../../graph/index.ts';
import { conv2d, groupNorm } from '../../nn/index.ts';
import { downsample, resnet, upsample } from '../blocks/index.ts';
import type { FaceDetectorConfig } from './config.ts';

export { cellSize, type FaceDetectorConfig, faceDetectorConfig } from './config.ts';

/** Outputs of the detector. */
export interface FaceMap {
  /** How likely a face is at each cell, as a logit [b, 1, h, w]. */
  readonly logits: Tensor;
  /** Logarithms of the distances from the cell's centre to the left, upper, right and lower side, in cells [b, 4, h, w]. */
  readonly sides: Tensor;
}

/** Share of cells with a face that the fresh head expects: without it all cells' errors drown the first steps. */
const prior = 0.01;

/**
 * A one-stage, anchor-free face detector in the manner of FCOS (Tian et al., 2019): features of a pyramid, coarse ones
 * added to finer ones (Lin et al., 2017), and at each cell a score and four distances.
 * @param pixels [b, 3, height, width], -1 .. 1; the coarsest level must divide both sizes
 */
export function faceDetector(p: Scope, pixels: Tensor, config: FaceDetectorConfig): FaceMap {
  const { patch, channels, layers, groups, level } = config;
  const coarsest = patch * 2 ** (channels.length - 1);
  if (pixels.rank !== 4 || pixels.dim(1) !== 3 || pixels.dim(2) % coarsest || pixels.dim(3) % coarsest) {
    throw new GraphError(
      `faceDetector: expected pixels [b, 3, h, w] with multiples of ${coarsest}, got ${describe(pixels)}`,
    );
  }
  const options = { groups, epsilon: 1e-5 };
  const levels: Tensor[] = [];
  let h = conv2d(p.at('conv_in'), pixels, channels[0] as number, {
    kernel: patch,
    stride: patch,
    padding: 0,
  });
  channels.forEach((c, i) => {
    if (i > 0) h = downsample(p.at('down_blocks', i - 1), h, 1);
    for (let j = 0; j < layers; j++) h = resnet(p.at('levels', i, 'resnets', j), h, c, options);
    levels.push(h);
  });
  for (let i = channels.length - 2; i >= level; i--) {
    const finer = levels[i] as Tensor;
    const projected = conv2d(p.at('lateral', i), h, finer.dim(1), { kernel: 1 });
    h = add(finer, upsample(p.at('up_blocks', i), projected));
  }
  h = silu(groupNorm(p.at('norm_out'), resnet(p.at('out'), h, h.dim(1), options), groups, 1e-5));
  const out = conv2d(p.at('conv_out'), h, 5, { kernel: 3 }); // [b, 5, h, w]
  const start = constant(f32(Float32Array.of(Math.log(prior / (1 - prior))), [1, 1, 1, 1]));
  return { logits: add(slice(out, 1, 0, 1), start), sides: slice(out, 1, 1) };
}
