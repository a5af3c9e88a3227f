import { reshape, type Tensor, transpose } from '../../graph/index.ts';

/**
 * Squares of s x s pixels as channels: [b, c, h, w] -> [b, c s s, h / s, w / s] (torch's PixelUnshuffle). In front of
 * a small VAE it spares the convolutions at full resolution, which cost most of its time on a CPU.
 */
export function spaceToDepth(x: Tensor, s: number): Tensor {
  if (s === 1) return x;
  const [b, c, h, w] = [x.dim(0), x.dim(1), x.dim(2), x.dim(3)];
  const cells = reshape(x, [b, c, h / s, s, w / s, s]);
  return reshape(transpose(cells, [0, 1, 3, 5, 2, 4]), [b, c * s * s, h / s, w / s]);
}

/** The inverse of `spaceToDepth` (torch's PixelShuffle). */
export function depthToSpace(x: Tensor, s: number): Tensor {
  if (s === 1) return x;
  const [b, c, h, w] = [x.dim(0), x.dim(1) / s ** 2, x.dim(2), x.dim(3)];
  const cells = reshape(x, [b, c, s, s, h, w]);
  return reshape(transpose(cells, [0, 1, 4, 2, 5, 3]), [b, c, h * s, w * s]);
}
