import { describe, expect, it } from 'vitest';
import { add, f32, input, normal, Parameters } from '../graph/index.ts';
import { Random } from '../random/index.ts';
import { expectGradients } from '../testing/gradients.ts';
import { runGraph } from '../testing/runGraph.ts';
import { averagePool2d, maxPool2d, type PoolOptions } from './pooling.ts';

const shape = [2, 3, 7, 6];
const image = Random.of(1, 'pooling').normals(2 * 3 * 7 * 6);

/** By definition: `join` of the pixels of each window, padding left out. */
function pooled(
  { kernel, stride = 1, padding = 0 }: PoolOptions,
  join: (values: readonly number[]) => number,
): number[] {
  const [b, c, h, w] = shape as [number, number, number, number];
  const starts = (size: number): number[] =>
    Array.from(
      { length: Math.floor((size + 2 * padding - kernel) / stride) + 1 },
      (_, i) => i * stride - padding,
    );
  const window = (start: number, size: number): number[] =>
    Array.from({ length: kernel }, (_, i) => start + i).filter((at) => at >= 0 && at < size);
  return Array.from({ length: b * c }, (_, plane) =>
    starts(h).flatMap((top) =>
      starts(w).map((left) =>
        join(
          window(top, h).flatMap((y) => window(left, w).map((x) => image[(plane * h + y) * w + x] as number)),
        ),
      ),
    ),
  ).flat();
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe.each([
  { kernel: 3, stride: 2 },
  { kernel: 3, padding: 1 },
  { kernel: 2, stride: 2 },
  { kernel: 3, stride: 2, padding: 1 },
])('pooling with $kernel x $kernel, stride $stride, padding $padding', (options) => {
  const x = input('x', shape);

  it("is torch's", async () => {
    const outputs = {
      max: maxPool2d(x, options),
      average: averagePool2d(x, options),
      own: averagePool2d(x, { ...options, countPadding: false }),
    };
    const values = await runGraph(outputs, { x: f32(image, shape) });
    const expected = {
      max: pooled(options, (v) => Math.max(...v)),
      average: pooled(options, (v) => sum(v) / options.kernel ** 2),
      own: pooled(options, (v) => sum(v) / v.length),
    };
    for (const [name, want] of Object.entries(expected)) {
      const got = values[name]?.data as Float32Array;
      expect(got.length, name).toBe(want.length);
      expect(Math.max(...want.map((v, i) => Math.abs(v - got[i]!))), name).toBeLessThan(1e-6);
    }
  });

  it('has the right gradients', async () => {
    const parameters = new Parameters();
    const p = parameters.scope().param('image', [1, 2, 6, 5], normal(1));
    const own = averagePool2d(p, { ...options, countPadding: false });
    await expectGradients(add(maxPool2d(p, options), add(averagePool2d(p, options), own)), parameters);
  });
});

it('names a picture that is smaller than the window', () => {
  expect(() => maxPool2d(input('x', [1, 2, 2, 8]), { kernel: 3 })).toThrow(
    /maxPool2d: expected \[b, c, h, w\] of at least 3 x 3 pixels, got input 'x' \[1, 2, 2, 8\]/,
  );
  expect(() => averagePool2d(input('x', [2, 8]), { kernel: 3, padding: 1 })).toThrow(
    /averagePool2d: .*\[2, 8\]/,
  );
});
