import {
  add,
  conv2d,
  expand,
  filled,
  type Init,
  mul,
  reshape,
  type Scope,
  sigmoid,
  sub,
  type Tensor,
  transpose,
  uniform,
  zeros,
} from '../../graph/index.ts';
import { type Convolve, resnet } from '../blocks/index.ts';

// Legend: b clips, f frames, c channels, h height, w width.

/** Convolution along the frames, `weight` [out, c, 3, 1, 1]; x [b, c, f, h * w] -> [b, out, f, h * w]. */
export const convolveFrames: Convolve = (p, x, out, init) => {
  const c = x.dim(1);
  const bound = uniform(1 / Math.sqrt(3 * c));
  const weight = p.param('weight', [out, c, 3, 1, 1], init ?? bound);
  const bias = p.param('bias', [out], init ? zeros : bound);
  return conv2d(x, reshape(weight, [out, c, 3, 1]), { padding: [1, 0], bias });
};

/** [b * f, c, h, w] -> [b, c, f, h * w]. */
export function framesInside(x: Tensor, frames: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return transpose(reshape(x, [n / frames, frames, c, h * w]), [0, 2, 1, 3]);
}

/** [b, c, f, h * w] -> [b * f, c, h, w]. */
export function framesOutside(x: Tensor, height: number, width: number): Tensor {
  return reshape(transpose(x, [0, 2, 1, 3]), [-1, x.dim(1), height, width]);
}

/** The learned mixture of a clip seen picture by picture and seen along time. */
export interface Mixture {
  /** First value of `mix_factor`, before the sigmoid. */
  readonly start: number;
  /** sigmoid(mix_factor) is the share of the temporal value; of the spatial one by default. */
  readonly temporalShare?: boolean;
}

/** AlphaBlender: the mixture of two tensors of one shape. */
export function blend(
  p: Scope,
  spatial: Tensor,
  temporal: Tensor,
  { start, temporalShare }: Mixture,
): Tensor {
  const share = sigmoid(p.param('mix_factor', [1], filled(start)));
  const [to, from] = temporalShare ? [temporal, spatial] : [spatial, temporal];
  return add(mul(to, share), mul(from, sub(1, share)));
}

export interface SpatioTemporalResnetOptions {
  readonly frames: number;
  readonly groups: number;
  readonly epsilon: number;
  readonly temporalEpsilon: number;
  readonly mixture: Mixture;
  /** SiLU of each clip's time embedding [b, e]. */
  readonly time?: Tensor | undefined;
}

/** A fresh temporal path adds nothing: training starts from the model of single pictures. */
const lastInit: Init = zeros;

/** SpatioTemporalResBlock: a residual block for each picture, one along the frames, blended. [b * f, c, h, w] -> [b * f, out, h, w]. */
export function spatioTemporalResnet(
  p: Scope,
  x: Tensor,
  out: number,
  options: SpatioTemporalResnetOptions,
): Tensor {
  const { frames, groups, epsilon, temporalEpsilon, mixture, time } = options;
  const each = time && perFrame(time, frames);
  const pictures = resnet(p.at('spatial_res_block'), x, out, { groups, epsilon, time: each });
  const spatial = framesInside(pictures, frames); // [b, out, f, h * w]
  const temporal = resnet(p.at('temporal_res_block'), spatial, out, {
    groups,
    epsilon: temporalEpsilon,
    time,
    convolve: convolveFrames,
    lastInit,
  });
  return framesOutside(blend(p.at('time_mixer'), spatial, temporal, mixture), x.dim(2), x.dim(3));
}

/** Each clip's row for all its frames: [b, e] -> [b * f, e]. */
export function perFrame(rows: Tensor, frames: number): Tensor {
  const [b, e] = [rows.dim(0), rows.dim(1)];
  return reshape(expand(reshape(rows, [b, 1, e]), [b, frames, e]), [-1, e]);
}
