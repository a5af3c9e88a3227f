import { describe, expect, it } from 'vitest';
import { f32, i64, input, Parameters } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { freshValues } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { attend, attendInParts, perSample, sinusoid } from './index.ts';

const random = Random.of(1, 'blocks');
const draw = (...shape: number[]) => f32(random.normals(shape.reduce((a, b) => a * b, 1)), shape);
const close = (a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>, within: number) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(Number(a[i]) - Number(b[i]))).toBeLessThan(within);
};

describe('attendInParts', () => {
  it.each([1, 12, 40, 10_000])('gives the same with room for %i scores', async (limit) => {
    const [q, k, v] = [input('q', [2, 1, 7, 4]), input('k', [2, 1, 5, 4]), input('v', [2, 1, 5, 4])];
    const outputs = { parts: attendInParts(q, k, v, limit), whole: attendInParts(q, k, v, Number.MAX_VALUE) };
    const { parts, whole } = await runGraph(outputs, {
      q: draw(2, 1, 7, 4),
      k: draw(2, 1, 5, 4),
      v: draw(2, 1, 5, 4),
    });
    expect(parts!.shape).toEqual([2, 1, 7, 4]);
    close(parts!.data, whole!.data, 1e-6);
  });
});

describe('attend', () => {
  it('lets consecutive samples share a context', async () => {
    const parameters = new Parameters();
    const x = input('x', [6, 3, 4]);
    const context = input('context', [2, 5, 7]);
    const repeated = input('repeated', [6, 5, 7]);
    const shared = attend(parameters.scope(), x, 2, context);
    const outputs = { shared, each: attend(parameters.scope(), x, 2, repeated) };
    const values = freshValues([shared], parameters);
    const rows = values.context!.data as Float32Array;
    const copies = Float32Array.from(
      { length: 6 * 35 },
      (_, i) => rows[Math.floor(i / 105) * 35 + (i % 35)]!,
    );
    const { shared: a, each: b } = await runGraph(outputs, { ...values, repeated: f32(copies, [6, 5, 7]) });
    close(a!.data, b!.data, 1e-6);
  });
});

describe('sinusoid', () => {
  it.each([
    { width: 8, flip: true, shift: 0 },
    { width: 6, flip: false, shift: 1 },
    { width: 5, flip: true, shift: 0 },
  ])('is the table of the paper: %o', async ({ width, flip, shift }) => {
    const times = [0, 1, 37, 999];
    const { y } = await runGraph(
      { y: sinusoid(input('t', [4], 'int64'), width, { flip, shift }) },
      { t: i64(times, [4]) },
    );
    const half = Math.floor(width / 2);
    const expected = times.flatMap((t) => {
      const angles = Array.from({ length: half }, (_, i) => t / 10000 ** (i / (half - shift)));
      const [c, s] = [angles.map(Math.cos), angles.map(Math.sin)];
      return [...(flip ? [...c, ...s] : [...s, ...c]), ...(width % 2 ? [0] : [])];
    });
    close(y!.data, expected, 1e-4); // an angle near 1000 has a float32 rounding of 3e-5
  });
});

describe('perSample', () => {
  it('repeats a single time and leaves others', () => {
    expect(perSample(input('a', []), 3).shape).toEqual([3]);
    expect(perSample(input('b', [1]), 3).shape).toEqual([3]);
    const each = input('c', [3]);
    expect(perSample(each, 3)).toBe(each);
  });
});
