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
}

export type OpName = keyof OpAttributes;

export interface ConvAttributes {
  /** Step in height and width. */
  readonly strides: readonly [number, number];
  /** Zeros added at top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}
