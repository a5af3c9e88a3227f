import type { NBitsMatrix, Tensor, TensorData } from '../../graph/index.ts';
import * as ops from '../../graph/index.ts';
import { at, generate, type Nd, total } from './nd.ts';
import { like, type OpCase, type OpCases } from './opCase.ts';

const rows = 3;
const [n, k] = [4, 64];

/** A fixed matrix [n, k] in blocks of 32, and its values. */
function matrix(bits: 4 | 8): { stored: NBitsMatrix; values: Nd } {
  const half = 2 ** (bits - 1);
  const integers = Uint8Array.from({ length: n * k }, (_, i) => (i * 37 + (i >> 3)) % (2 * half));
  const scales = Float32Array.from({ length: (n * k) / 32 }, (_, i) => (0.05 + 0.01 * i) / half);
  const bytes =
    bits === 8
      ? integers
      : Uint8Array.from({ length: (n * k) / 2 }, (_, i) => integers[2 * i]! + 16 * integers[2 * i + 1]!);
  const packed: TensorData = { dtype: 'uint8', shape: [n, k / 32, 4 * bits], data: bytes };
  return {
    stored: { packed: ops.constant(packed), scales: ops.constant(ops.f32(scales, [scales.length])) },
    values: generate([n, k], ([i = 0, j = 0]) => {
      const at = i * k + j;
      return ((integers[at] as number) - half) * (scales[at >> 5] as number);
    }),
  };
}

const forward = ([4, 8] as const).map((bits): OpCase => {
  const { stored, values } = matrix(bits);
  return {
    name: `[${rows}, ${k}] x [${n}, ${k}]T of ${bits} bits`,
    inputs: like([rows, k]),
    build: (a) => ops.gemmNBits(a as Tensor, stored, { bits, block: 32, compute: 'float32' }),
    reference: (a) =>
      generate([rows, n], ([i = 0, j = 0]) => total(k, (s) => at(a as Nd, [i, s]) * at(values, [j, s]))),
  };
});

const backward = ([4, 8] as const).map((bits): OpCase => {
  const { stored, values } = matrix(bits);
  return {
    name: `[${rows}, ${n}] x [${n}, ${k}] of ${bits} bits`,
    inputs: like([rows, n]),
    build: (g) => ops.gemmNBitsInput(g as Tensor, stored, { bits, block: 32, compute: 'float32' }),
    reference: (g) =>
      generate([rows, k], ([i = 0, j = 0]) => total(n, (s) => at(g as Nd, [i, s]) * at(values, [s, j]))),
    gradients: 'none',
  };
});

// t new positions behind `filled` cached ones; two query heads share a key/value head
const [t, filled, capacity, heads, kvHeads, d] = [3, 2, 8, 4, 2, 16];
const angle = (position: number, i: number): number => position * 0.3 ** i;
const table = (f: (x: number) => number): Tensor =>
  ops.constant(
    ops.f32(
      Float32Array.from({ length: (capacity * d) / 2 }, (_, i) =>
        f(angle(Math.floor(i / (d / 2)), i % (d / 2))),
      ),
      [capacity, d / 2],
    ),
  );
const int32 = (value: number, shape: readonly number[]): Tensor =>
  ops.constant({ dtype: 'int32', shape, data: Int32Array.of(value) });

/** Head h of a row at a position, turned by the rotary embedding. */
function turned(x: Nd, row: number, h: number, position: number): number[] {
  return Array.from({ length: d }, (_, i) => {
    const pair = i % (d / 2);
    const [first, second] = [pair, pair + d / 2].map((j) => at(x, [0, row, h * d + j])) as [number, number];
    const [c, s] = [Math.cos(angle(position, pair)), Math.sin(angle(position, pair))];
    return i < d / 2 ? first * c - second * s : second * c + first * s;
  });
}

const attention: OpCase = {
  name: `${t} positions behind ${filled} cached ones, ${heads} heads on ${kvHeads}`,
  inputs: like(
    [1, t, heads * d],
    [1, t, kvHeads * d],
    [1, t, kvHeads * d],
    [1, kvHeads, capacity, d],
    [1, kvHeads, capacity, d],
  ),
  build: (query, key, value, pastKey, pastValue) =>
    ops.groupQueryAttention(
      {
        query: query as Tensor,
        key: key as Tensor,
        value: value as Tensor,
        past: { key: pastKey as Tensor, value: pastValue as Tensor },
        last: int32(filled + t - 1, [1]),
        total: int32(filled + t, []),
        cos: table(Math.cos),
        sin: table(Math.sin),
      },
      { heads, kvHeads, bits: 32 },
    ).y,
  reference: (query, key, value, pastKey, pastValue) =>
    generate([1, t, heads * d], ([, row = 0, column = 0]) => {
      const h = Math.floor(column / d);
      const shared = Math.floor(h / (heads / kvHeads));
      const q = turned(query as Nd, row, h, filled + row);
      const keyAt = (p: number): number[] =>
        p < filled
          ? Array.from({ length: d }, (_, i) => at(pastKey as Nd, [0, shared, p, i]))
          : turned(key as Nd, p - filled, shared, p);
      const scores = Array.from(
        { length: filled + row + 1 },
        (_, p) => keyAt(p).reduce((sum, x, i) => sum + x * (q[i] as number), 0) / Math.sqrt(d),
      );
      const weights = scores.map(Math.exp);
      const sum = weights.reduce((a, b) => a + b);
      return weights.reduce((y, w, p) => {
        const i = column % d;
        const v =
          p < filled
            ? at(pastValue as Nd, [0, shared, p, i])
            : at(value as Nd, [0, p - filled, shared * d + i]);
        return y + (w / sum) * v;
      }, 0);
    }),
  gradients: 'none',
};

export const inferenceCases: OpCases<'gemmNBits' | 'gemmNBitsInput' | 'groupQueryAttention'> = {
  gemmNBits: forward,
  gemmNBitsInput: backward,
  groupQueryAttention: [attention],
};
