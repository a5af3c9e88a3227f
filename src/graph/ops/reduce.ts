import { describe, GraphError, makeTensor, type Shape, type Tensor } from '../tensor.ts';
import { mul } from './elementwise.ts';

/** An axis in 0 .. rank-1 from one that may count from the end. */
export function normalizeAxis(op: string, axis: number, x: Tensor): number {
  const a = axis < 0 ? axis + x.rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= x.rank) {
    throw new GraphError(`${op}: axis ${axis} is out of range for ${describe(x)}`);
  }
  return a;
}

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
}

/** Options of `sum`, `max` and `mean`. */
export interface ReduceOptions {
  /** Axes to reduce, all of them by default; negative axes count from the end. */
  axes?: readonly number[];
  /** Keep reduced axes with size 1. */
  keepDims?: boolean;
}

function reduce(op: 'sum' | 'max', x: Tensor, { axes, keepDims = false }: ReduceOptions): Tensor {
  if (x.dtype !== 'float32') throw new GraphError(`${op}: expected float32, got ${describe(x)}`);
  const list = (axes ?? x.shape.map((_, i) => i)).map((a) => normalizeAxis(op, a, x)).sort((a, b) => a - b);
  if (new Set(list).size !== list.length) throw new GraphError(`${op}: axes repeat: [${list}]`);
  if (list.length === 0) return x;
  return makeTensor(op, [x], { axes: list, keepDims }, reducedShape(x.shape, list, keepDims));
}

/** The sum over `axes`; float32. */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('sum', x, options);
/** The maximum over `axes`; float32. */
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce('max', x, options);

/** The mean over `axes`; float32. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const total = sum(x, options);
  return total === x ? x : mul(total, total.size / x.size);
}

/** e^x / sum(e^x) along `axis`; shape as x. Default: the last axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return makeTensor('softmax', [x], { axis: normalizeAxis('softmax', axis, x) }, x.shape);
}

/** log(sum(exp(x))) along an axis, computed around the maximum so that it neither overflows nor underflows. */
export function logSumExp(x: Tensor, axis = -1, keepDims = false): Tensor {
  const a = normalizeAxis('logSumExp', axis, x);
  return makeTensor('logSumExp', [x], { axis: a, keepDims }, reducedShape(x.shape, [a], keepDims));
}

/** Mean of squared differences over all elements, shape []. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  const d = makeDifference(prediction, target);
  return mean(mul(d, d));
}

function makeDifference(a: Tensor, b: Tensor): Tensor {
  if (a.shape.join() !== b.shape.join()) {
    throw new GraphError(`meanSquaredError: shapes differ: ${describe(a)} and ${describe(b)}`);
  }
  return makeTensor('sub', [a, b], {}, a.shape);
}
