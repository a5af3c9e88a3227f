import type { OpName } from './opset.ts';
import type { Node, Tensor } from './tensor.ts';

/** What float32 tensors are computed in. `float16` is for devices; see `halfRole`. */
export type Precision = 'float32' | 'float16';

/**
 * How an op takes part where the precision is float16:
 * - `product`: computes in half precision, whatever it gets. Most time goes here.
 * - `norm`: computes in float32, because its sums and exponentials would overflow, and gives back what it got.
 * - `light`: computes in half precision where it gets it, together with parameters and constants.
 * All others, among them every sum and what losses are made of, compute in float32.
 */
export type HalfRole = 'product' | 'norm' | 'light';

const roles: Partial<Record<OpName, HalfRole>> = {
  gemm: 'product',
  matmul: 'product',
  conv2d: 'product',
  conv2dInput: 'product',
  rotary: 'product',
  layerNorm: 'norm',
  rmsNorm: 'norm',
  groupNorm: 'norm',
  softmax: 'norm',
  add: 'light',
  sub: 'light',
  mul: 'light',
  neg: 'light',
  maximum: 'light',
  minimum: 'light',
  where: 'light',
  relu: 'light',
  tanh: 'light',
  sigmoid: 'light',
  gelu: 'light',
  quickGelu: 'light',
  stopGradient: 'light',
  after: 'light',
  reshape: 'light',
  transpose: 'light',
  expand: 'light',
  concat: 'light',
  slice: 'light',
  pad: 'light',
  flip: 'light',
  gather: 'light',
  resizeNearest: 'light',
};

export const halfRole = ({ op }: Node): HalfRole | undefined => roles[op];

/** Whether a leaf may be rounded to half precision where an op beside it computes in that. */
export function fitsHalf({ source }: Tensor): boolean {
  if (source.kind === 'parameter') return true;
  if (source.kind !== 'constant') return false;
  const values = source.value.data as Float32Array;
  // a small number that stands alone is an epsilon; in a table it is as good as 0
  const least = values.length === 1 ? 2 ** -14 : 0;
  return values.every((v) => v === 0 || (Math.abs(v) >= least && Math.abs(v) <= 65504));
}
