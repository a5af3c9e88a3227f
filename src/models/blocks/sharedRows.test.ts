import { describe, expect, it } from 'vitest';
import { f32, i64, input, Parameters, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { freshValues } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { attend, attendToRows } from './index.ts';

// b samples of t tokens of c channels
const [b, t, c, heads] = [3, 4, 6, 2] as const;
const values = Random.of(3, 'tokens').normals(b * t * c);
const own = (sample: number): number[] => Array.from({ length: t }, (_, j) => sample * t + j);

/** Attention of the batch to `rows`, with the weights of the plain attention `plain`. */
async function run(
  data: Float32Array,
  rows: readonly number[][],
): Promise<Record<'shared' | 'plain' | 'q' | 'k' | 'v' | 'out' | 'bias', Float32Array>> {
  const parameters = new Parameters();
  const x = input('x', [b, t, c]);
  const m = rows[0]?.length ?? 0;
  const plain = attend(parameters.scope(), x, heads);
  const shared = attendToRows(parameters.scope(), x, heads, input('rows', [b, m], 'int64'));
  const weights = freshValues([plain], parameters);
  const feeds = { ...weights, x: f32(data, [b, t, c]), rows: i64(rows.flat(), [b, m]) };
  const out = await runGraph({ shared, plain }, feeds);
  const of = (tensor: TensorData | undefined): Float32Array => tensor?.data as Float32Array;
  const weight = (name: string): Float32Array => of(weights[name]);
  return {
    ...{ shared: of(out.shared), plain: of(out.plain) },
    ...{ q: weight('to_q.weight'), k: weight('to_k.weight'), v: weight('to_v.weight') },
    ...{ out: weight('to_out.0.weight'), bias: weight('to_out.0.bias') },
  };
}

/** x [c] times the transpose of a weight [c, c]. */
const project = (x: ArrayLike<number>, weight: Float32Array): number[] =>
  Array.from({ length: c }, (_, o) =>
    Array.from({ length: c }, (_, i) => (x[i] as number) * (weight[o * c + i] as number)).reduce(
      (a, v) => a + v,
    ),
  );

const close = (a: Float32Array, e: ArrayLike<number>): void => {
  expect(a.length).toBe(e.length);
  a.forEach((v, i) => {
    expect(v).toBeCloseTo(e[i] as number, 5);
  });
};

describe('attention to rows of the batch', () => {
  it('to its own rows is self-attention, to the bit', async () => {
    const { shared, plain } = await run(values, [own(0), own(1), own(2)]);
    expect(shared).toEqual(plain);
  });

  it('to all rows of equal samples is self-attention of each alone', async () => {
    const same = Float32Array.from(values, (_, i) => values[i % (t * c)] as number);
    const all = [own(0), own(1), own(2)];
    const { shared, plain } = await run(same, [all.flat(), all.flat(), all.flat()]);
    close(shared, plain);
  });

  it("to a sample's own rows twice is self-attention", async () => {
    const { shared, plain } = await run(
      values,
      [0, 1, 2].map((i) => [...own(i), ...own(i)]),
    );
    close(shared, plain);
  });

  it('to some rows of others is what a softmax over them gives', async () => {
    const rows = [
      [...own(0), 5, 11],
      [...own(1), 0, 8],
      [...own(2), 7, 1],
    ];
    const { shared, q, k, v, out, bias } = await run(values, rows);
    const row = (i: number): Float32Array => values.subarray(i * c, (i + 1) * c);
    const d = c / heads;
    const expected: number[] = [];
    for (let sample = 0; sample < b; sample++) {
      for (const at of own(sample)) {
        const query = project(row(at), q);
        const mixed: number[] = [];
        for (let head = 0; head < heads; head++) {
          const part = (x: readonly number[]): readonly number[] => x.slice(head * d, (head + 1) * d);
          const seen = rows[sample] as number[];
          const scores = seen.map((r) => {
            const key = part(project(row(r), k));
            return Math.exp(part(query).reduce((s, x, i) => s + x * (key[i] as number), 0) / Math.sqrt(d));
          });
          const total = scores.reduce((s, x) => s + x, 0);
          const read = seen.map((r) => part(project(row(r), v)));
          for (let i = 0; i < d; i++)
            mixed.push(read.reduce((s, x, n) => s + ((scores[n] as number) / total) * (x[i] as number), 0));
        }
        expected.push(...project(mixed, out).map((x, i) => x + (bias[i] as number)));
      }
    }
    close(shared, expected);
  });
});
