import type { ConvAttributes } from '../opset.ts';
import { describe, GraphError, makeTensor, type Tensor } from '../tensor.ts';
import { broadcastShapes } from './elementwise.ts';

/** Options of `gemm`. */
export interface GemmOptions {
  /** Whether `a` is given transposed, [k, m]. Default false. */
  transA?: boolean;
  /** Whether `b` is given transposed, [n, k]. Default false. */
  transB?: boolean;
  /** Added to every row: [n]. */
  bias?: Tensor | undefined;
}

/** A matrix product of two matrices, [m, k] x [k, n] (+ bias) -> [m, n], either one transposed on request. */
export function gemm(
  a: Tensor,
  b: Tensor,
  { transA = false, transB = false, bias }: GemmOptions = {},
): Tensor {
  const fail = (): never => {
    const how = `${transA ? 'aT' : 'a'} x ${transB ? 'bT' : 'b'}`;
    const with_ = bias ? `, bias ${describe(bias)}` : '';
    throw new GraphError(`gemm (${how}): shapes do not fit: a ${describe(a)}, b ${describe(b)}${with_}`);
  };
  if (a.rank !== 2 || b.rank !== 2) fail();
  const [m, k] = transA ? [a.dim(1), a.dim(0)] : [a.dim(0), a.dim(1)];
  const [k2, n] = transB ? [b.dim(1), b.dim(0)] : [b.dim(0), b.dim(1)];
  if (k !== k2 || (bias && bias.shape.join() !== `${n}`)) fail();
  return makeTensor('gemm', bias ? [a, b, bias] : [a, b], { transA, transB }, [m as number, n as number]);
}

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Whether the last two axes of `a` are swapped first. Default false. */
  transA?: boolean;
  /** Whether the last two axes of `b` are swapped first. Default false. */
  transB?: boolean;
  /** The product is multiplied by this. */
  alpha?: number;
}

/** Batched matrix product [..., m, k] x [..., k, n] -> [..., m, n]; leading axes broadcast. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transA = false, transB = false, alpha = 1 }: MatmulOptions = {},
): Tensor {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const fits = a.rank >= 2 && b.rank >= 2 && batch && a.dim(transA ? -2 : -1) === b.dim(transB ? -1 : -2);
  if (!fits) {
    const how = `${transA ? 'aT' : 'a'} x ${transB ? 'bT' : 'b'}`;
    throw new GraphError(`matmul (${how}): shapes do not fit: a ${describe(a)}, b ${describe(b)}`);
  }
  const shape = [...batch, a.dim(transA ? -1 : -2), b.dim(transB ? -2 : -1)];
  return makeTensor('matmul', [a, b], { transA, transB, alpha }, shape);
}

/** Options of `conv2d`. */
export interface ConvOptions {
  /** Step of the kernel in rows and columns. Default 1. */
  stride?: number | readonly [number, number];
  /** Zeros on all sides, or [vertical, horizontal], or [top, left, bottom, right]. */
  padding?: number | readonly [number, number] | readonly [number, number, number, number];
  /** Added to each output channel, [out]. Default: none. */
  bias?: Tensor | undefined;
}

function convAttributes({ stride = 1, padding = 0 }: ConvOptions): ConvAttributes {
  const strides = typeof stride === 'number' ? ([stride, stride] as const) : stride;
  const p = typeof padding === 'number' ? [padding, padding] : padding;
  const [top, left] = [p[0] as number, p[1] as number];
  return { strides, pads: [top, left, p[2] ?? top, p[3] ?? left] };
}

/** Cross-correlation of [n, in, h, w] with [out, in, kh, kw] (torch's conv2d) -> [n, out, h', w']. */
export function conv2d(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const attributes = convAttributes(options);
  const { strides, pads } = attributes;
  const { bias } = options;
  const ranked = x.rank === 4 && weight.rank === 4;
  const out = [0, 1].map((i) => {
    if (!ranked) return 0;
    const span = x.dim(2 + i) + (pads[i] as number) + (pads[2 + i] as number) - weight.dim(2 + i);
    return Math.floor(span / (strides[i] as number)) + 1;
  });
  const ok = ranked && x.dim(1) === weight.dim(1) && out.every((d) => d >= 1);
  if (!ok || (bias && bias.shape.join() !== `${weight.dim(0)}`)) {
    const with_ = bias ? `, bias ${describe(bias)}` : '';
    throw new GraphError(
      `conv2d (strides ${strides}, pads ${pads}): shapes do not fit: x ${describe(x)}, weight ${describe(weight)}${with_}`,
    );
  }
  const shape = [x.dim(0), weight.dim(0), ...out];
  return makeTensor('conv2d', bias ? [x, weight, bias] : [x, weight], attributes, shape);
}

/** The gradient of `conv2d` with respect to its input [n, in, height, width]: a transposed convolution. */
export function conv2dInput(
  gradient: Tensor,
  weight: Tensor,
  attributes: ConvAttributes,
  size: readonly [number, number],
): Tensor {
  const [height, width] = size;
  if (gradient.rank !== 4 || weight.rank !== 4 || gradient.dim(1) !== weight.dim(0)) {
    throw new GraphError(
      `conv2dInput: shapes do not fit: gradient ${describe(gradient)}, weight ${describe(weight)}`,
    );
  }
  const shape = [gradient.dim(0), weight.dim(1), height, width];
  return makeTensor('conv2dInput', [gradient, weight], { ...pick(attributes), height, width }, shape);
}

/** The gradient of `conv2d` with respect to its weight [out, in, kh, kw]. */
export function conv2dWeight(
  x: Tensor,
  gradient: Tensor,
  attributes: ConvAttributes,
  kernel: readonly [number, number],
): Tensor {
  if (x.rank !== 4 || gradient.rank !== 4 || x.dim(0) !== gradient.dim(0)) {
    throw new GraphError(`conv2dWeight: shapes do not fit: x ${describe(x)}, gradient ${describe(gradient)}`);
  }
  const shape = [gradient.dim(1), x.dim(1), ...kernel];
  return makeTensor('conv2dWeight', [x, gradient], { ...pick(attributes), kernel }, shape);
}

const pick = ({ strides, pads }: ConvAttributes): ConvAttributes => ({ strides, pads });
