import { describe, GraphError, makeTensor, type Shape, type Tensor } from '../tensor.ts';
import { broadcastShapes } from './elementwise.ts';
import { normalizeAxis } from './reduce.ts';

/** The same elements in another shape; one dimension may be -1 and is then worked out. */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const known = shape.reduce((a, d) => (d === -1 ? a : a * d), 1);
  const full = shape.map((d) => (d === -1 ? x.size / known : d));
  const unknowns = shape.filter((d) => d === -1).length;
  if (unknowns > 1 || full.reduce((a, b) => a * b, 1) !== x.size || full.some((d) => !Number.isInteger(d))) {
    throw new GraphError(`reshape: ${describe(x)} has ${x.size} elements and cannot become [${shape}]`);
  }
  if (full.join() === x.shape.join()) return x;
  return makeTensor('reshape', [x], { shape: full }, full, x.dtype);
}

/** Axis i of the result is axis `permutation[i]` of `x`. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const sorted = [...permutation].sort((a, b) => a - b);
  if (permutation.length !== x.rank || sorted.some((v, i) => v !== i)) {
    throw new GraphError(`transpose: [${permutation}] is no permutation of the axes of ${describe(x)}`);
  }
  if (permutation.every((v, i) => v === i)) return x;
  return makeTensor(
    'transpose',
    [x],
    { permutation },
    permutation.map((a) => x.dim(a)),
    x.dtype,
  );
}

/** Broadcasts to a larger shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (shape.join() === x.shape.join()) return x;
  if (broadcastShapes(x.shape, shape)?.join() !== shape.join()) {
    throw new GraphError(`expand: ${describe(x)} does not broadcast to [${shape}]`);
  }
  return makeTensor('expand', [x], { shape }, shape, x.dtype);
}

/**
 * Joins tensors along `axis`; all other axes and the dtype must be equal.
 * @throws {GraphError} when they differ.
 */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (!first) throw new GraphError('concat: needs at least one tensor');
  const a = normalizeAxis('concat', axis, first);
  let total = 0;
  for (const p of parts) {
    const fits = p.rank === first.rank && p.shape.every((d, i) => i === a || d === first.shape[i]);
    if (!fits || p.dtype !== first.dtype) {
      throw new GraphError(`concat along axis ${axis}: ${describe(p)} does not fit ${describe(first)}`);
    }
    total += p.dim(a);
  }
  if (parts.length === 1) return first;
  return makeTensor(
    'concat',
    parts,
    { axis: a },
    first.shape.map((d, i) => (i === a ? total : d)),
    first.dtype,
  );
}

/** Elements start, start + step, ... below end along one axis; negative start and end count from the end. */
export function slice(x: Tensor, axis: number, start: number, end: number = x.dim(axis), step = 1): Tensor {
  const a = normalizeAxis('slice', axis, x);
  const d = x.dim(a);
  const from = start < 0 ? start + d : start;
  const to = end < 0 ? end + d : end;
  if (!(from >= 0 && to <= d && from < to && step >= 1)) {
    throw new GraphError(
      `slice: [${start}:${end}:${step}] of axis ${axis} is empty or outside ${describe(x)}`,
    );
  }
  if (from === 0 && to === d && step === 1) return x;
  const shape = x.shape.map((v, i) => (i === a ? Math.ceil((to - from) / step) : v));
  return makeTensor('slice', [x], { axis: a, start: from, end: to, step }, shape, x.dtype);
}

/** Cuts an axis into equal parts. */
export function split(x: Tensor, parts: number, axis: number): Tensor[] {
  const size = x.dim(axis) / parts;
  if (!Number.isInteger(size))
    throw new GraphError(`split: axis ${axis} of ${describe(x)} is not divisible by ${parts}`);
  return Array.from({ length: parts }, (_, i) => slice(x, axis, i * size, (i + 1) * size));
}

/** Adds zeros before and after each axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  if (before.length !== x.rank || after.length !== x.rank || [...before, ...after].some((v) => v < 0)) {
    throw new GraphError(
      `pad: needs one non-negative amount an axis for ${describe(x)}, got [${before}] and [${after}]`,
    );
  }
  if (before.every((v) => v === 0) && after.every((v) => v === 0)) return x;
  const shape = x.shape.map((d, i) => d + (before[i] ?? 0) + (after[i] ?? 0));
  return makeTensor('pad', [x], { before, after }, shape, x.dtype);
}

/** Reverses the order along the axes. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  return makeTensor('flip', [x], { axes: axes.map((a) => normalizeAxis('flip', a, x)) }, x.shape, x.dtype);
}

/** Rows of a table [n, ...] by index (int64, any shape): an embedding lookup. Result [...indices, ...]. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  if (indices.dtype !== 'int64')
    throw new GraphError(`gather: indices must be int64, got ${describe(indices)}`);
  if (table.rank < 1) throw new GraphError(`gather: needs a table with rows, got ${describe(table)}`);
  return makeTensor('gather', [table, indices], {}, [...indices.shape, ...table.shape.slice(1)], table.dtype);
}

/** The transpose of `gather`: adds each row of `updates` [...indices, ...] into row `indices` of `rows` zero rows. */
export function scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor {
  const tail = updates.shape.slice(indices.rank);
  if (indices.dtype !== 'int64' || updates.shape.slice(0, indices.rank).join() !== indices.shape.join()) {
    throw new GraphError(`scatterAdd: updates ${describe(updates)} do not fit indices ${describe(indices)}`);
  }
  return makeTensor('scatterAdd', [indices, updates], { rows }, [rows, ...tail]);
}

/** Nearest-neighbour resize of [n, c, h, w]; source row = floor(row * h / height), as torch's `interpolate`. */
export function resizeNearest(x: Tensor, height: number, width: number): Tensor {
  if (x.rank !== 4) throw new GraphError(`resizeNearest: expected [n, c, h, w], got ${describe(x)}`);
  if (x.dim(2) === height && x.dim(3) === width) return x;
  return makeTensor('resizeNearest', [x], { height, width }, [x.dim(0), x.dim(1), height, width]);
}
