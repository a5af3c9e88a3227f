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

const [heads, kvHeads] = [4, 2]; // two query heads share a key/value head
const angle = (position: number, i: number): number => position * 0.3 ** i;
const int32 = (value: number, shape: readonly number[]): Tensor =>
  ops.constant({ dtype: 'int32', shape, data: Int32Array.of(value) });

interface AttentionSizes {
  /** New positions, behind so many cached ones, in a cache of so many places. */
  readonly t: number;
  readonly filled: number;
  readonly capacity: number;
  /** Width of a head. */
  readonly d: number;
}

function attention({ t, filled, capacity, d }: AttentionSizes): OpCase {
  const table = (f: (x: number) => number): Tensor =>
    ops.constant(
      ops.f32(
        Float32Array.from({ length: (capacity * d) / 2 }, (_, i) =>
          f(angle(Math.floor(i / (d / 2)), i % (d / 2))),
        ),
        [capacity, d / 2],
      ),
    );
  /** Head h of a row at a position, turned by the rotary embedding. */
  const turned = (x: Nd, row: number, h: number, position: number): number[] =>
    Array.from({ length: d }, (_, i) => {
      const pair = i % (d / 2);
      const [first, second] = [pair, pair + d / 2].map((j) => at(x, [0, row, h * d + j])) as [number, number];
      const [c, s] = [Math.cos(angle(position, pair)), Math.sin(angle(position, pair))];
      return i < d / 2 ? first * c - second * s : second * c + first * s;
    });
  return {
    name: `${t} positions behind ${filled} cached ones, ${heads} heads of ${d} on ${kvHeads}`,
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
    reference: (query, key, value, pastKey, pastValue) => {
      const keyAt = (shared: number, p: number): number[] =>
        p < filled
          ? Array.from({ length: d }, (_, i) => at(pastKey as Nd, [0, shared, p, i]))
          : turned(key as Nd, p - filled, shared, p);
      const keys = Array.from({ length: kvHeads }, (_, shared) =>
        Array.from({ length: filled + t }, (_, p) => keyAt(shared, p)),
      );
      /** How much row `row` of head h reads of each position. */
      const weightsOf = (row: number, h: number): number[] => {
        const q = turned(query as Nd, row, h, filled + row);
        const seen = (keys[Math.floor(h / (heads / kvHeads))] as number[][]).slice(0, filled + row + 1);
        const scores = seen.map((k) => Math.exp(k.reduce((sum, x, i) => sum + x * q[i]!, 0) / Math.sqrt(d)));
        const sum = scores.reduce((a, b) => a + b);
        return scores.map((score) => score / sum);
      };
      const weights = Array.from({ length: t }, (_, row) =>
        Array.from({ length: heads }, (_, h) => weightsOf(row, h)),
      );
      return generate([1, t, heads * d], ([, row = 0, column = 0]) => {
        const [h, i] = [Math.floor(column / d), column % d];
        const shared = Math.floor(h / (heads / kvHeads));
        return (weights[row]![h] as number[]).reduce((y, w, p) => {
          const v =
            p < filled
              ? at(pastValue as Nd, [0, shared, p, i])
              : at(value as Nd, [0, p - filled, shared * d + i]);
          return y + w * v;
        }, 0);
      });
    },
    gradients: 'none',
  };
}

export const inferenceCases: OpCases<'gemmNBits' | 'gemmNBitsInput' | 'groupQueryAttention'> = {
  gemmNBits: forward,
  gemmNBitsInput: backward,
  groupQueryAttention: [
    attention({ t: 3, filled: 2, capacity: 8, d: 16 }),
    // the most that WebGPU is given at once, see `webgpuCachedPositions`
    attention({ t: 16, filled: 21, capacity: 48, d: 64 }),
  ],
};
