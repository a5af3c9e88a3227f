import { broadcastShapes, type Shape, sizeOf } from '../../graph/index.ts';

/** A plain array in double precision: what the references of the op tests compute with. */
export interface Nd {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** The array whose element at `index` is `value(index)`. The index array is reused between calls. */
export function generate(shape: Shape, value: (index: number[]) => number): Nd {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(index);
    for (let a = shape.length - 1; a >= 0; a--) {
      index[a] = (index[a] as number) + 1;
      if ((index[a] as number) < (shape[a] as number)) break;
      index[a] = 0;
    }
  }
  return { shape, data };
}

/** The place of the element at `index`, read with broadcasting: leading axes of the index may be too many, axes of size 1 repeat. */
export function placeOf(shape: Shape, index: readonly number[]): number {
  const lead = index.length - shape.length;
  let flat = 0;
  for (let a = 0; a < shape.length; a++) {
    const size = shape[a] as number;
    flat = flat * size + (size === 1 ? 0 : (index[lead + a] as number));
  }
  return flat;
}

/** The element at `index`, read with broadcasting as `placeOf` says. */
export function at(x: Nd, index: readonly number[]): number {
  return x.data[placeOf(x.shape, index)] as number;
}

/** The element at `index`, or 0 outside the array. */
export function atOrZero(x: Nd, index: readonly number[]): number {
  return index.every((v, a) => v >= 0 && v < (x.shape[a] as number)) ? at(x, index) : 0;
}

export function map(x: Nd, f: (value: number) => number): Nd {
  return { shape: x.shape, data: x.data.map(f) };
}

/** Elementwise with broadcasting. */
export function zip(a: Nd, b: Nd, f: (a: number, b: number) => number): Nd {
  const shape = broadcastShapes(a.shape, b.shape);
  if (!shape) throw new Error(`zip: [${a.shape}] and [${b.shape}] do not broadcast`);
  return generate(shape, (i) => f(at(a, i), at(b, i)));
}

/** Folds `axes` away; they stay with size 1 where `keepDims` is set. */
export function fold(
  x: Nd,
  axes: readonly number[],
  keepDims: boolean,
  start: number,
  f: (total: number, value: number) => number,
): Nd {
  const kept = x.shape.map((d, a) => (axes.includes(a) ? 1 : d));
  const out = new Float64Array(sizeOf(kept)).fill(start);
  generate(x.shape, (i) => {
    let flat = 0;
    for (let a = 0; a < kept.length; a++) {
      flat = flat * (kept[a] as number) + (kept[a] === 1 ? 0 : (i[a] as number));
    }
    out[flat] = f(out[flat] as number, at(x, i));
    return 0;
  });
  return { shape: keepDims ? kept : x.shape.filter((_, a) => !axes.includes(a)), data: out };
}

export const sumOf = (x: Nd, axes: readonly number[], keepDims = true): Nd =>
  fold(x, axes, keepDims, 0, (t, v) => t + v);

/** The sum of a(index) over 0 .. count-1. */
export function total(count: number, term: (i: number) => number): number {
  let t = 0;
  for (let i = 0; i < count; i++) t += term(i);
  return t;
}

export function dot(a: Nd, b: Nd): number {
  return total(a.data.length, (i) => (a.data[i] as number) * (b.data[i] as number));
}

/** |a - b| / |b| in the Euclidean norm; absolute where b is (nearly) zero. */
export function relativeError(a: Nd, b: Nd): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`shapes differ: [${a.shape}] and [${b.shape}]`);
  const distance = Math.sqrt(
    total(a.data.length, (i) => ((a.data[i] as number) - (b.data[i] as number)) ** 2),
  );
  return distance / Math.max(Math.sqrt(dot(b, b)), 1e-3);
}
