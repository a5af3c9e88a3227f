import { add, type Init, reshape, type Scope, silu, type Tensor } from '../../graph/index.ts';
import { conv2d, groupNorm, linear } from '../../nn/index.ts';

/** The two convolutions of a residual block, which keep the size. */
export type Convolve = (p: Scope, x: Tensor, out: number, init?: Init) => Tensor;

const convolve3x3: Convolve = (p, x, out, init) => conv2d(p, x, out, init ? { init } : {});

export interface ResnetOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** SiLU of the time embedding [b, e]; a projection of it is added to every pixel between the convolutions. */
  readonly time?: Tensor | undefined;
  /** 3 x 3 by default. */
  readonly convolve?: Convolve;
  /** How the last convolution is drawn. Zeros make a fresh block the identity. */
  readonly lastInit?: Init;
}

/** Residual block (ResnetBlock2D): x [b, c, h, w] -> [b, out, h, w]. */
export function resnet(p: Scope, x: Tensor, out: number, options: ResnetOptions): Tensor {
  const { groups, epsilon, time, convolve = convolve3x3, lastInit } = options;
  return p.block(time ? [x, time] : [x], () => {
    let h = silu(groupNorm(p.at('norm1'), x, groups, epsilon));
    h = convolve(p.at('conv1'), h, out);
    if (time) h = add(h, reshape(linear(p.at('time_emb_proj'), time, out), [-1, out, 1, 1]));
    h = silu(groupNorm(p.at('norm2'), h, groups, epsilon));
    h = convolve(p.at('conv2'), h, out, lastInit);
    const skip = x.dim(1) === out ? x : conv2d(p.at('conv_shortcut'), x, out, { kernel: 1 });
    return add(skip, h);
  });
}
