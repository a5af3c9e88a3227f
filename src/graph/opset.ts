import type { DType } from './data.ts';

/**
 * Every op and its attributes. The gradient table (`autodiff/rules.ts`) and the lowering table
 * (`graph/lowering.ts`) are mapped types over this interface: an op without a rule does not compile.
 */
export interface OpAttributes {
  // elementwise with numpy broadcasting
  add: object;
  sub: object;
  mul: object;
  div: object;
  maximum: object;
  minimum: object;
  equal: object;
  where: object;
  // elementwise
  neg: object;
  exp: object;
  log: object;
  sqrt: object;
  reciprocal: object;
  abs: object;
  sign: object;
  sin: object;
  cos: object;
  tanh: object;
  erf: object;
  sigmoid: object;
  relu: object;
  softplus: object;
  gelu: object;
  quickGelu: { readonly alpha: number };
  cast: { readonly to: DType };
  stopGradient: object;
  after: object;
  // reductions
  sum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  max: { readonly axes: readonly number[]; readonly keepDims: boolean };
  softmax: { readonly axis: number };
  logSumExp: { readonly axis: number; readonly keepDims: boolean };
  // shape
  reshape: { readonly shape: readonly number[] };
  transpose: { readonly permutation: readonly number[] };
  expand: { readonly shape: readonly number[] };
  concat: { readonly axis: number };
  slice: { readonly axis: number; readonly start: number; readonly end: number; readonly step: number };
  pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  flip: { readonly axes: readonly number[] };
  gather: object;
  scatterAdd: { readonly rows: number };
  resizeNearest: { readonly height: number; readonly width: number };
  // products
  gemmNBits: NBitsAttributes;
  gemmNBitsInput: NBitsAttributes;
  gemm: { readonly transA: boolean; readonly transB: boolean };
  matmul: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };
  conv2d: ConvAttributes;
  conv2dInput: ConvAttributes & { readonly height: number; readonly width: number };
  conv2dWeight: ConvAttributes & { readonly kernel: readonly [number, number] };
  // normalisation, rotation
  layerNorm: { readonly epsilon: number };
  rmsNorm: { readonly epsilon: number };
  groupNorm: { readonly groups: number; readonly epsilon: number };
  rotary: object;
  // inference only
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
