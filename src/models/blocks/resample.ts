import { resizeNearest, type Scope, type Tensor } from '../../graph/index.ts';
import { conv2d } from '../../nn/index.ts';

/** Halves the size by a convolution of stride 2. `padding` 0 means zeros at the right and bottom only, as in the VAE. */
export function downsample(p: Scope, x: Tensor, padding: number): Tensor {
  const zeros = padding === 0 ? ([0, 0, 1, 1] as const) : padding;
  return conv2d(p.at('conv'), x, x.dim(1), { stride: 2, padding: zeros });
}

/** Nearest-neighbour enlargement, by default twofold, then a convolution. */
export function upsample(
  p: Scope,
  x: Tensor,
  height: number = 2 * x.dim(2),
  width: number = 2 * x.dim(3),
): Tensor {
  return conv2d(p.at('conv'), resizeNearest(x, height, width), x.dim(1));
}
