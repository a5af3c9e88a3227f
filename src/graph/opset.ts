import type { DType } from './data.ts';

/**
 * Every op and its attributes. The gradient table (`autodiff/rules.ts`) and the lowering table
 * (`graph/lowering/`) are mapped types over this interface: an op without a rule does not compile.
 */
export interface OpAttributes {
  // elementwise with numpy broadcasting
  /** a + b with numpy broadcasting. */
  add: object;
  /** a - b with numpy broadcasting. */
  sub: object;
  /** a b with numpy broadcasting. */
  mul: object;
  /** a / b with numpy broadcasting. */
  div: object;
  /** The larger of a and b with numpy broadcasting. */
  maximum: object;
  /** The smaller of a and b with numpy broadcasting. */
  minimum: object;
  /** Whether a equals b, as bool, with numpy broadcasting. Not differentiable. */
  equal: object;
  /** Inputs condition (bool), a, b: a where the condition is true, otherwise b, with numpy broadcasting. */
  where: object;
  // elementwise
  /** -x. */
  neg: object;
  /** e^x. */
  exp: object;
  /** Natural logarithm of x. */
  log: object;
  /** Square root of x. */
  sqrt: object;
  /** 1 / x. */
  reciprocal: object;
  /** Absolute value of x. */
  abs: object;
  /** -1, 0 or 1 by the sign of x. */
  sign: object;
  /** Sine of x in radians. */
  sin: object;
  /** Cosine of x in radians. */
  cos: object;
  /** Hyperbolic tangent of x. */
  tanh: object;
  /** Error function of x. */
  erf: object;
  /** 1 / (1 + e^-x). */
  sigmoid: object;
  /** max(x, 0). */
  relu: object;
  /** log(1 + e^x). */
  softplus: object;
  /** Exact GELU, x Phi(x). */
  gelu: object;
  /** x sigmoid(alpha x). */
  quickGelu: { readonly alpha: number };
  /** Conversion of x to the element type `to`. */
  cast: { readonly to: DType };
  /** The identity with gradient zero. */
  stopGradient: object;
  /** The first input, computed after the others. */
  after: object;
  // reductions
  /** Sum of x over `axes`, which count from 0. `keepDims` leaves each of them with size 1. */
  sum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  /** Maximum of x over `axes`; attributes as for `sum`. */
  max: { readonly axes: readonly number[]; readonly keepDims: boolean };
  /** e^x / sum(e^x) along `axis`. */
  softmax: { readonly axis: number };
  /** log(sum(e^x)) along `axis`. `keepDims` leaves the axis with size 1. */
  logSumExp: { readonly axis: number; readonly keepDims: boolean };
  // shape
  /** The elements of x in row-major order in another shape. */
  reshape: { readonly shape: readonly number[] };
  /** Axis i of the result is axis `permutation[i]` of x. */
  transpose: { readonly permutation: readonly number[] };
  /** x broadcast to `shape`. */
  expand: { readonly shape: readonly number[] };
  /** Inputs joined along `axis`. */
  concat: { readonly axis: number };
  /** Elements `start`, `start + step`, ... before `end` along `axis`. */
  slice: { readonly axis: number; readonly start: number; readonly end: number; readonly step: number };
  /** x with `before[i]` zeros before and `after[i]` zeros after axis i. */
  pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** x in reverse order along `axes`. */
  flip: { readonly axes: readonly number[] };
  /** Inputs table [n, ...] and indices (int64): the rows of the table at the indices, [...indices, ...]. */
  gather: object;
  /** Inputs indices (int64) and updates [...indices, ...]: their sums by index, [rows, ...]. */
  scatterAdd: { readonly rows: number };
  /** x [n, c, h, w] resized to [n, c, height, width] by nearest neighbour. */
  resizeNearest: { readonly height: number; readonly width: number };
  // products
  /** Inputs a [m, k] and a quantised matrix [n, k] (packed, scales): a times its transpose, [m, n]. */
  gemmNBits: NBitsAttributes;
  /** Inputs gradient [m, n] and a quantised matrix [n, k] (packed, scales): their product, [m, k]. */
  gemmNBitsInput: NBitsAttributes;
  /** Inputs a [m, k], b [k, n] and optionally bias [n]: a b + bias. `transA`: a is [k, m]; `transB`: b is [n, k]. */
  gemm: { readonly transA: boolean; readonly transB: boolean };
  /** Inputs a [..., m, k], b [..., k, n]: alpha a b. `transA`, `transB`: the last two axes are swapped first. */
  matmul: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };
  /** Inputs x [n, in, h, w], weight [out, in, kh, kw] and optionally bias [out]: cross-correlation. */
  conv2d: ConvAttributes;
  /** Gradient of `conv2d` with respect to x [n, in, height, width]. Inputs: output gradient, weight. */
  conv2dInput: ConvAttributes & { readonly height: number; readonly width: number };
  /** Gradient of `conv2d` with respect to its weight [out, in, ...kernel]. Inputs: x, output gradient. */
  conv2dWeight: ConvAttributes & { readonly kernel: readonly [number, number] };
  // normalisation, rotation
  /** Inputs x [..., c], scale [c], bias [c]: normalisation over the last axis; `epsilon` is added to the variance. */
  layerNorm: { readonly epsilon: number };
  /** Inputs x [..., c], scale [c]: RMS normalisation over the last axis; `epsilon` is added to the mean square. */
  rmsNorm: { readonly epsilon: number };
  /** Inputs x [n, c, ...], scale [c], bias [c]: normalisation over groups of channels; `epsilon` as in `layerNorm`. */
  groupNorm: { readonly groups: number; readonly epsilon: number };
  /** Inputs x [..., t, d], cos and sin [..., t, d / 2]: rotary position embedding, half-split form. */
  rotary: object;
  // inference only
  /** Causal attention of new positions over a cache and themselves; see the function of this name. */
  groupQueryAttention: CacheAttributes;
}

/** Name of an op. */
export type OpName = keyof OpAttributes;

/** Static parameters of a convolution. */
export interface ConvAttributes {
  /** Step in height and width. */
  readonly strides: readonly [number, number];
  /** Zeros added at top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** How a matrix [n, k] is stored with few bits a value: whole numbers in blocks along k, a scale for each block. */
export interface NBitsAttributes {
  /** Bits of a weight. */
  readonly bits: 4 | 8;
  /** Values that share a scale. */
  readonly block: number;
  /** What products are computed in: `int8` rounds the other factor to 8 bits, too, block by block. */
  readonly compute: 'float32' | 'int8';
}

/** Static parameters of `groupQueryAttention`. */
export interface CacheAttributes {
  /** Query heads. */
  readonly heads: number;
  /** Key/value heads; each serves heads / kvHeads query heads. */
  readonly kvHeads: number;
  /** Bits of a cached value: 32 are floats, fewer are whole numbers times a scale for each head and channel. */
  readonly bits: 32 | 8 | 4;
}
