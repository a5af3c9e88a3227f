import { describe, expect, it } from 'vitest';
import { run } from '../../../parity/gmm.ts';
import { grad } from '../../autodiff/index.ts';
import { f32, input, sum } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import {
  type GaussianMixtureConfig,
  gaussianMixtureConfig,
  headSize,
  hostMixture,
  mixtureLoss,
  mixtureOf,
  negativeLogLikelihood,
  type ScaleParametrisation,
  standardDeviation,
} from './index.ts';

const n = 5;
const config = gaussianMixtureConfig.parse({ components: 3, dim: 4 });
const random = Random.of(1, 'mixture');
const rawValues = random.normals(n * headSize(config));
const targetValues = random.normals(n * config.dim);

/** The likelihood as it is written, sums of products of densities in float64. */
function bruteForce(raw: Float32Array, target: Float32Array, c: GaussianMixtureConfig): number {
  const { weights, locations, stds } = hostMixture(raw, c);
  let p = 0;
  weights.forEach((w, j) => {
    let density = w;
    for (let i = 0; i < c.dim; i++) {
      const s = stds[j * c.dim + i]!;
      const z = (target[i]! - locations[j * c.dim + i]!) / s;
      density *= Math.exp(-0.5 * z * z) / (s * Math.sqrt(2 * Math.PI));
    }
    p += density;
  });
  return -Math.log(p);
}

const rowsOf = (values: Float32Array): Float32Array[] =>
  Array.from({ length: n }, (_, i) =>
    values.subarray((i * values.length) / n, ((i + 1) * values.length) / n),
  );

describe('negativeLogLikelihood', () => {
  const kinds: ScaleParametrisation[] = ['squareplus', 'softplus_std', 'softplus_var', 'exp_var'];
  for (const scale of kinds) {
    for (const layout of ['logits-first', 'means-first'] as const) {
      it(`equals the likelihood in float64: ${scale}, ${layout}`, async () => {
        const c = { ...config, scale, layout };
        const raw = input('raw', [n, headSize(c)]);
        const target = input('target', [n, c.dim]);
        const feeds = { raw: f32(rawValues, raw.shape), target: f32(targetValues, target.shape) };
        const { nll } = await runGraph({ nll: negativeLogLikelihood(mixtureOf(raw, c), target) }, feeds);
        const targets = rowsOf(targetValues);
        const expected = rowsOf(rawValues).map((r, i) => bruteForce(r, targets[i]!, c));
        expected.forEach((v, i) => {
          expect(Number(nll!.data[i])).toBeCloseTo(v, 4);
        });
      });
    }
  }

  it('stays finite, with finite gradients, where every density underflows', async () => {
    const c = gaussianMixtureConfig.parse({ components: 2, dim: 512 });
    const raw = input('raw', [1, headSize(c)]);
    const target = input('target', [1, c.dim]);
    const nll = sum(negativeLogLikelihood(mixtureOf(raw, c), target));
    const [d] = grad(nll, [raw]);
    const feeds = {
      raw: f32(
        Random.of(2)
          .normals(headSize(c))
          .map((v) => v * 30),
        raw.shape,
      ), // standard deviations down to 0.01
      target: f32(new Float32Array(c.dim).fill(9), target.shape),
    };
    const out = await runGraph({ nll, d: d! }, feeds);
    expect(Number(out.nll!.data[0])).toBeGreaterThan(1e4);
    expect((out.d!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it('names both shapes when the raw output does not fit', () => {
    expect(() => mixtureOf(input('raw', [2, 26]), config)).toThrow(/27 raw values .* 'raw' \[2, 26\]/);
  });
});

describe('standardDeviation', () => {
  it('keeps its digits and its slope in both tails of squareplus', async () => {
    const x = [-2000, -100, -1, 0, 1, 100];
    const raw = input('raw', [x.length]);
    const std = standardDeviation(raw, 'squareplus', 1e-6);
    const [slope] = grad(sum(std), [raw]);
    const out = await runGraph({ std, slope: slope! }, { raw: f32(x, raw.shape) });
    x.forEach((v, i) => {
      const root = Math.sqrt(v * v + 4);
      const expected = v > 0 ? (v + root) / 2 : 2 / (root - v);
      expect(Number(out.std!.data[i]) / expected).toBeCloseTo(1, 5);
      expect(Number(out.slope!.data[i])).toBeCloseTo((1 + v / root) / 2, 5);
    });
  });

  it('never goes below the floor', async () => {
    const raw = input('raw', [1]);
    const out = await runGraph({ std: standardDeviation(raw, 'squareplus', 0.5) }, { raw: f32([-1e4], [1]) });
    expect(out.std!.data[0]).toBe(0.5);
  });
});

describe('mixtureLoss', () => {
  const raw = input('raw', [n, headSize(config)]);
  const target = input('target', [n, config.dim]);
  const weights = input('weights', [n]);
  const feeds = { raw: f32(rawValues, raw.shape), target: f32(targetValues, target.shape) };

  it('is the mean over counted rows, divided by d, and sums the terms that are asked for', async () => {
    const kinds = ['nll+l1+l2', 'l1+l2', 'nll'] as const;
    const parts = kinds.map((kind) => mixtureLoss(raw, target, config, { kind, weights }));
    const { nll, l1, l2 } = parts[0]!;
    const all = { a: parts[0]!.loss, b: parts[1]!.loss, c: parts[2]!.loss, nll, l1, l2 };
    const out = await runGraph(all, { ...feeds, weights: f32([1, 0, 1, 1, 0], [n]) });
    const value = (name: string): number => Number(out[name]!.data[0]);

    const used = [0, 2, 3];
    const targets = rowsOf(targetValues);
    let [sumNll, sumL1, sumL2] = [0, 0, 0];
    for (const i of used) {
      const row = rowsOf(rawValues)[i]!;
      sumNll += bruteForce(row, targets[i]!, config);
      const { weights: w, locations } = hostMixture(row, config);
      for (let c = 0; c < config.dim; c++) {
        const mean = w.reduce((a, v, j) => a + v * locations[j * config.dim + c]!, 0);
        sumL1 += Math.abs(mean - targets[i]![c]!);
        sumL2 += (mean - targets[i]![c]!) ** 2;
      }
    }
    const count = used.length * config.dim;
    expect(value('nll')).toBeCloseTo(sumNll / count, 5);
    expect(value('l1')).toBeCloseTo(sumL1 / count, 5);
    expect(value('l2')).toBeCloseTo(sumL2 / count, 5);
    expect(value('a')).toBeCloseTo((sumNll + sumL1 + sumL2) / count, 5);
    expect(value('b')).toBeCloseTo((sumL1 + sumL2) / count, 5);
    expect(value('c')).toBeCloseTo(sumNll / count, 5);
  });

  it('gives rows with weight 0 no gradient, and is 0 without any row', async () => {
    const { loss } = mixtureLoss(raw, target, config, { weights });
    const [d] = grad(loss, [raw]);
    const size = headSize(config);
    const some = await runGraph({ d: d! }, { ...feeds, weights: f32([1, 0, 1, 1, 1], [n]) });
    const gradient = some.d!.data as Float32Array;
    expect(gradient.subarray(size, 2 * size).every((v) => v === 0)).toBe(true);
    expect(gradient.subarray(0, size).some((v) => v !== 0)).toBe(true);
    const none = await runGraph({ loss, d: d! }, { ...feeds, weights: f32([0, 0, 0, 0, 0], [n]) });
    expect(none.loss!.data[0]).toBe(0);
    expect((none.d!.data as Float32Array).every((v) => v === 0)).toBe(true);
  });
});

it("equals the fixture's values and gradients", async () => {
  const rows = await run(new URL('../../../fixtures/gmm', import.meta.url).pathname);
  expect(rows.length).toBe(24);
  for (const row of rows) expect(row.relL2, row.name).toBeLessThan(row.threshold);
});
