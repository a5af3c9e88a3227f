import { describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { layoutParameters, type Range, subtract } from './parameterLayout.ts';
import { type AdamWOptions, FlatParameters } from './parameterStore.ts';
import { checkLayout } from './storeMemory.ts';

/** AdamW, written straight from the paper's formulas in float64. */
function reference(
  p: number[],
  m: number[],
  v: number[],
  g: number[],
  o: AdamWOptions,
  touched: (i: number) => number,
): void {
  const {
    lr,
    beta1 = 0.9,
    beta2 = 0.999,
    eps = 1e-8,
    weightDecay = 0.01,
    step,
    clipNorm,
    gradientScale = 1,
  } = o;
  let norm = 0;
  for (let i = 0; i < p.length; i++) if (touched(i) >= 0) norm += (g[i]! * gradientScale) ** 2;
  norm = Math.sqrt(norm);
  const scale = gradientScale * (clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1);
  for (let i = 0; i < p.length; i++) {
    if (touched(i) < 0) continue;
    const gi = g[i]! * scale;
    m[i] = beta1 * m[i]! + (1 - beta1) * gi;
    v[i] = beta2 * v[i]! + (1 - beta2) * gi * gi;
    const mHat = m[i]! / (1 - beta1 ** step);
    const vHat = v[i]! / (1 - beta2 ** step);
    p[i] = p[i]! * (1 - lr * weightDecay * touched(i)) - (lr * mHat) / (Math.sqrt(vHat) + eps);
  }
}

const within = (ranges: readonly Range[] | undefined, i: number): boolean =>
  (ranges ?? []).some(([offset, length]) => i >= offset && i < offset + length);

describe('AdamW', () => {
  const cases: [string, number, Partial<AdamWOptions>][] = [
    ['plain', 64, {}],
    ['a length that is no multiple of four', 61, { weightDecay: 0.1 }],
    ['fewer than four values', 3, {}],
    ['other betas and eps', 40, { beta1: 0.95, beta2: 0.9, eps: 1e-3 }],
    ['clipping', 40, { clipNorm: 0.5 }],
    ['a clip norm that is not reached', 40, { clipNorm: 1e4 }],
    ['accumulated gradients', 40, { gradientScale: 0.25, clipNorm: 1 }],
    ['a moving average', 43, { emaDecay: 0.9 }],
    [
      'ranges',
      103,
      {
        weightDecay: 0.5,
        noDecay: [
          [3, 5],
          [90, 13],
        ],
        frozen: [
          [20, 9],
          [40, 1],
        ],
        emaDecay: 0.99,
      },
    ],
  ];
  it.each(cases)('%s', (_, n, options) => {
    const store = new FlatParameters([], n);
    const random = Random.of(3, 'adamw', n);
    const p = [...random.normals(n)];
    store.array('parameters').set(p);
    store.array('ema').set(p);
    const [m, v, ema] = [new Array<number>(n).fill(0), new Array<number>(n).fill(0), [...p]];
    for (let step = 1; step <= 5; step++) {
      const g = [...random.normals(n)];
      store.array('gradients').set(g);
      const all: AdamWOptions = { lr: 0.01, step, ...options };
      const result = store.adamw(all);
      reference(p, m, v, g, all, (i) => (within(all.frozen, i) ? -1 : within(all.noDecay, i) ? 0 : 1));
      const norm = Math.sqrt(g.reduce((sum, x, i) => sum + (within(all.frozen, i) ? 0 : x * x), 0));
      expect(result.applied).toBe(true);
      expect(result.gradNorm).toBeCloseTo(norm * (all.gradientScale ?? 1), 9);
      const { emaDecay } = all;
      if (emaDecay !== undefined)
        for (let i = 0; i < n; i++) ema[i] = emaDecay * ema[i]! + (1 - emaDecay) * p[i]!;
    }
    const close = (got: Float32Array, expected: number[], what: string): void =>
      expected.forEach((x, i) => {
        expect(got[i], `${what}[${i}]`).toBeCloseTo(x, 5);
      });
    close(store.array('parameters'), p, 'parameters');
    close(store.array('m'), m, 'm');
    close(store.array('v'), v, 'v');
    close(store.array('ema'), ema, 'ema');
  });

  it('changes nothing where the gradient is not finite', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const store = new FlatParameters([], 9);
      store.array('parameters').fill(1);
      store.array('gradients')[8] = bad;
      expect(store.adamw({ lr: 1, step: 1 }).applied).toBe(false);
      expect([...store.array('parameters')]).toEqual(new Array(9).fill(1));
      expect([...store.array('m'), ...store.array('v')]).toEqual(new Array(18).fill(0));
    }
  });
});

it('accumulates, and keeps neighbours apart', () => {
  const slots = [
    { name: 'a', shape: [2], offset: 0 },
    { name: 'b', shape: [1, 3], offset: 2 },
  ];
  const store = new FlatParameters(slots, 5);
  store.array('gradients').set([1, 2, 3, 4, 5]);
  store.array('scratch').fill(10);
  store.accumulate();
  expect([...store.view('gradients', slots[0]!)]).toEqual([11, 12]);
  expect([...store.view('gradients', slots[1]!)]).toEqual([13, 14, 15]);
  expect([...store.array('m'), ...store.array('parameters')]).toEqual(new Array(10).fill(0));
});

it('subtracts ranges', () => {
  expect(subtract([[0, 10]], [])).toEqual([[0, 10]]);
  expect(
    subtract(
      [[0, 10]],
      [
        [8, 5],
        [2, 3],
        [3, 1],
      ],
    ),
  ).toEqual([
    [0, 2],
    [5, 3],
  ]);
  expect(
    subtract(
      [
        [0, 4],
        [6, 4],
      ],
      [[3, 4]],
    ),
  ).toEqual([
    [0, 3],
    [7, 3],
  ]);
  expect(subtract([[0, 4]], [[0, 4]])).toEqual([]);
});

it('lays parameters out on cache lines', () => {
  const parameters = [
    { name: 'a', shape: [3, 6] },
    { name: 'b', shape: [] },
    { name: 'c', shape: [16] },
  ];
  const { layout, length } = layoutParameters(parameters);
  expect(layout.map((slot) => slot.offset)).toEqual([0, 32, 48]);
  expect(length).toBe(64);
  checkLayout(layout, length);
});

it('checks layouts', () => {
  const slot = (name: string, shape: number[], offset: number) => ({ name, shape, offset });
  checkLayout([slot('b', [2, 2], 4), slot('a', [3], 0)], 8);
  expect(() => checkLayout([slot('a', [3], 0), slot('b', [2], 2)], 8)).toThrow(
    /'b' at 2 overlaps 'a', which ends at 3/,
  );
  expect(() => checkLayout([slot('a', [3], 0), slot('a', [2], 4)], 8)).toThrow(/'a' occurs twice/);
  expect(() => checkLayout([slot('a', [9], 0)], 8)).toThrow(/ends at 9, the store at 8/);
  expect(() => checkLayout([slot('a', [-1], 0)], 8)).toThrow(/shape \[-1\]/);
  expect(() => checkLayout([], 1e13)).toThrow(/trained values need/);
  expect(() => checkLayout([], 0.5)).toThrow(/length must be a whole number/);
});
