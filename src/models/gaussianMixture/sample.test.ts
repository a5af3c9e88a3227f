import { describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { gaussianMixtureConfig, hostMixture, sampleMixture } from './index.ts';

const d = 2;
const config = gaussianMixtureConfig.parse({ components: 2, dim: d, scale: 'exp_var' });
const rawStd = (s: number): number => 2 * Math.log(s);
/** Weights 0.8 and 0.2; per component (location, raw scale). */
const raw = Float32Array.from([
  ...[Math.log(4), 0],
  ...[-2, 1, rawStd(0.5), rawStd(0.1)],
  ...[3, -1, rawStd(0.2), rawStd(1)],
]);

function draw(
  count: number,
  options: Omit<Parameters<typeof sampleMixture>[2] & object, 'random'> = {},
): Float32Array[] {
  const random = Random.of(3, 'sample');
  return Array.from({ length: count }, () => sampleMixture(raw, config, { ...options, random }));
}

const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const std = (v: readonly number[]): number => Math.sqrt(mean(v.map((x) => (x - mean(v)) ** 2)));

describe('sampleMixture', () => {
  it('draws components by weight and channels by location and standard deviation', () => {
    const rows = draw(20000);
    const first = rows.filter((r) => r[0]! < 1);
    const second = rows.filter((r) => r[0]! >= 1);
    expect(first.length / rows.length).toBeCloseTo(0.8, 1);
    expect(Math.abs(first.length / rows.length - 0.8)).toBeLessThan(0.012); // 4 standard errors
    expect(mean(first.map((r) => r[0]!))).toBeCloseTo(-2, 1);
    expect(std(first.map((r) => r[0]!))).toBeCloseTo(0.5, 1);
    expect(std(first.map((r) => r[1]!))).toBeCloseTo(0.1, 2);
    expect(mean(second.map((r) => r[1]!))).toBeCloseTo(-1, 1);
    expect(Math.abs(std(second.map((r) => r[1]!)) - 1)).toBeLessThan(0.05);
  });

  it('scales the standard deviations by the temperature', () => {
    const rows = draw(5000, { temperature: 0.5 }).filter((r) => r[0]! < 1);
    expect(Math.abs(std(rows.map((r) => r[0]!)) - 0.25)).toBeLessThan(0.012);
    const [still] = draw(1, { temperature: 0 });
    expect([...still!].join()).toMatch(/^(-2,1|3,-1)$/);
  });

  it('gives the same token for the same stream', () => {
    const token = (): Float32Array => sampleMixture(raw, config, { random: Random.of(9, 'token', 4) });
    expect(token()).toEqual(token());
  });

  it('gives mixture mean and mode without a draw', () => {
    const middle = sampleMixture(raw, config, { greedy: 'mean' });
    expect(middle[0]).toBeCloseTo(0.8 * -2 + 0.2 * 3, 5);
    expect(middle[1]).toBeCloseTo(0.8 * 1 + 0.2 * -1, 5);
    // densities at the centres: 0.8 / (0.5 * 0.1) against 0.2 / (0.2 * 1)
    expect([...sampleMixture(raw, config, { greedy: 'mode' })]).toEqual([-2, 1]);
  });

  it('guides away from the unconditional prediction where that is a Gaussian', () => {
    const w = 0.5;
    const single = gaussianMixtureConfig.parse({ components: 1, dim: d, scale: 'exp_var' });
    const conditional = Float32Array.from([0, 1, 1, rawStd(0.5), rawStd(1)]);
    const unconditional = Float32Array.from([0, 0.6, 0, rawStd(2), rawStd(0.1)]);
    const random = Random.of(4, 'guided');
    const guidance = { weight: w, unconditional };
    const rows = Array.from({ length: 20000 }, () =>
      sampleMixture(conditional, single, { random, guidance }),
    );
    const precision = (1 + w) / 0.25 - w / 4;
    const centre = (((1 + w) * 1) / 0.25 - (w * 0.6) / 4) / precision;
    expect(mean(rows.map((r) => r[0]!))).toBeCloseTo(centre, 1);
    expect(std(rows.map((r) => r[0]!))).toBeCloseTo(1 / Math.sqrt(precision), 1);
    // channel 1: 1.5 / 1 - 0.5 / 0.01 is negative, so it stays conditional
    expect(mean(rows.map((r) => r[1]!))).toBeCloseTo(1, 1);
    expect(Math.abs(std(rows.map((r) => r[1]!)) - 1)).toBeLessThan(0.03);
    const exact = sampleMixture(conditional, single, { greedy: 'mean', guidance });
    expect(exact[0]).toBeCloseTo(centre, 5);
    expect(exact[1]).toBeCloseTo(1, 5);
  });

  it('reads the same mixture from both layouts', () => {
    const [a, b] = [raw.slice(2, 6), raw.slice(6, 10)];
    const other = Float32Array.from([
      ...a.slice(0, 2),
      ...b.slice(0, 2),
      ...a.slice(2),
      ...b.slice(2),
      ...raw.slice(0, 2),
    ]);
    expect(hostMixture(other, { ...config, layout: 'means-first' })).toEqual(hostMixture(raw, config));
  });

  it('says what it needs', () => {
    expect(() => sampleMixture(raw.subarray(1), config, { greedy: 'mean' })).toThrow(
      /need 10 raw values, got 9/,
    );
    expect(() => sampleMixture(raw, config)).toThrow(/random/);
    expect(() => sampleMixture(raw, config, { temperature: -1, greedy: 'mean' })).toThrow(/temperature/);
  });
});
