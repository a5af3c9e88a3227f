import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { guide, rescaleGuidance, risingGuidance } from './guidance.ts';
import {
  dynamicThreshold,
  predictLimited,
  predictNoise,
  predictOriginal,
  trainingTarget,
} from './prediction.ts';
import { addNoise, noiseSchedule } from './schedule.ts';
import { interpolate, karrasSigmas, roundHalfEven, timestepOfSigma, trailing } from './spacing.ts';
import { minSnrWeight, offsetNoise, trainingTimesteps } from './training.ts';

const options = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  trained_betas: null,
  rescale_betas_zero_snr: false,
} as const;

describe('noiseSchedule', () => {
  it('ends in pure noise with zero terminal SNR, and starts as before', () => {
    const plain = noiseSchedule(options);
    const zero = noiseSchedule({ ...options, rescale_betas_zero_snr: true });
    expect(zero.alphasCumprod[999]).toBe(0);
    expect(zero.alphasCumprod[0]).toBeCloseTo(plain.alphasCumprod[0]!, 6);
    for (let t = 1; t < 1000; t++) expect(zero.alphasCumprod[t]!).toBeLessThan(zero.alphasCumprod[t - 1]!);
  });

  it('follows the cosine of squaredcos_cap_v2', () => {
    const { betas, alphasCumprod } = noiseSchedule({ ...options, beta_schedule: 'squaredcos_cap_v2' });
    const f = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
    expect(alphasCumprod[499]).toBeCloseTo(f(0.5) / f(0), 5);
    expect(betas[999]).toBe(Math.fround(0.999));
  });

  it('runs linear betas from start to end', () => {
    const { betas } = noiseSchedule({ ...options, beta_schedule: 'linear' });
    expect(betas[0]).toBe(Math.fround(0.00085));
    expect(betas[999]).toBe(Math.fround(0.012));
    expect(betas[333]).toBeCloseTo(0.00085 + (0.01115 * 333) / 999, 8);
  });
});

describe('predictions', () => {
  const schedule = noiseSchedule(options);
  const x0 = Float32Array.of(0.3, -1.2, 0.8, 2);
  const eps = Float32Array.of(-0.5, 0.1, 1.5, -0.7);
  const t = [400, 900];
  const noisy = addNoise(schedule, x0, eps, t);

  it.each(['epsilon', 'sample', 'v_prediction'] as const)('%s target leads back to x_0 and eps', (type) => {
    const target = trainingTarget(type, schedule, x0, eps, t);
    t.forEach((step, n) => {
      const bar = schedule.alphasCumprod[step]!;
      const part = (x: Float32Array) => x.subarray(2 * n, 2 * n + 2);
      const levels = [Math.sqrt(bar), Math.sqrt(1 - bar)] as const;
      const original = predictOriginal(type, ...levels, part(noisy), part(target));
      const noise = predictNoise(type, ...levels, part(noisy), part(target));
      for (const i of [0, 1]) {
        expect(original[i]).toBeCloseTo(part(x0)[i]!, 5);
        expect(noise[i]).toBeCloseTo(part(eps)[i]!, 5);
      }
    });
  });

  it('rejects epsilon at zero SNR and timesteps outside the table', () => {
    const free = {
      clip_sample: false,
      clip_sample_range: 1,
      thresholding: false,
      dynamic_thresholding_ratio: 0.995,
      sample_max_value: 1,
    };
    expect(() => predictLimited('epsilon', 0, 1, x0, eps, 1, free)).toThrow(/v_prediction/);
    expect([...predictLimited('epsilon', 0, 1, x0, eps, 1, { ...free, clip_sample: true })]).toEqual([
      1, -1, -1, 1,
    ]);
    expect(() => addNoise(schedule, x0, eps, [1000])).toThrow(/0 to 999/);
    expect(() => addNoise(schedule, x0, eps, [1, 2, 3])).toThrow(/multiple of the 3/);
  });

  it('thresholds each sample by its own quantile', () => {
    const out = dynamicThreshold(Float32Array.of(0, 1, 2, 3, 4, 0.1, -0.2, 0.3, 0.4, -9), 2, 0.5, 2.5);
    expect([...out.subarray(0, 5)]).toEqual([0, 0.5, 1, 1, 1]);
    expect(out[9]).toBe(-1); // the median 0.3 is held to 1
    expect(out[5]).toBeCloseTo(0.1, 6);
  });
});

describe('spacing', () => {
  it('rounds halves to even', () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6, -1.5].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3, -2]);
  });

  it('finds the timestep of a sigma and back', () => {
    const sigmas = Float32Array.from({ length: 50 }, (_, i) => 0.03 * 1.2 ** i);
    const logs = sigmas.map(Math.log);
    for (const t of [0, 0.25, 7, 31.5, 49]) {
      expect(timestepOfSigma(Math.exp(interpolate(logs, t)), logs)).toBeCloseTo(t, 4);
    }
    expect(timestepOfSigma(0, logs)).toBe(0);
    expect(timestepOfSigma(1e9, logs)).toBe(49);
  });

  it('spans karras sigmas and trails to the end', () => {
    const sigmas = karrasSigmas(0.1, 10, 5);
    expect(sigmas[0]).toBeCloseTo(10, 10);
    expect(sigmas[4]).toBeCloseTo(0.1, 10);
    expect([...trailing(1000, 1000, 4)]).toEqual([999, 749, 499, 249]);
  });
});

describe('training helpers', () => {
  it('draws timesteps evenly, or more from the middle', () => {
    const share = (kind: 'uniform' | 'logit-normal') => {
      const t = trainingTimesteps(Random.of(1, kind), 20_000, { kind });
      expect(t.every((v) => v >= 0 && v < 1000)).toBe(true);
      return t.filter((v) => v >= 250 && v < 750).length / t.length;
    };
    expect(share('uniform')).toBeCloseTo(0.5, 1);
    expect(share('logit-normal')).toBeCloseTo(0.728, 1); // P(|N(0, 1)| < ln 3)
  });

  it('weighs min-SNR alike for all predictions, in terms of x_0', () => {
    for (const bar of [0.01, 0.5, 0.99]) {
      const snr = bar / (1 - bar);
      const x0 = minSnrWeight(bar, 5, 'sample');
      expect(x0).toBeCloseTo(Math.min(snr, 5), 12);
      expect(minSnrWeight(bar, 5, 'epsilon') * snr).toBeCloseTo(x0, 12);
      expect(minSnrWeight(bar, 5, 'v_prediction') * (snr + 1)).toBeCloseTo(x0, 12);
    }
    expect(minSnrWeight(0, 5, 'epsilon')).toBe(1);
    expect(minSnrWeight(0, 5, 'v_prediction')).toBe(0);
  });

  it('offsets whole channels', () => {
    const shape = [50, 40, 2, 2];
    const plain = new Float32Array(50 * 40 * 4);
    const out = offsetNoise(plain, shape, 0.05, Random.of(2, 'offset'));
    for (let i = 0; i < out.length; i++) expect(out[i]).toBe(out[i - (i % 4)]);
    expect(Math.sqrt(out.reduce((a, b) => a + b * b, 0) / out.length)).toBeCloseTo(0.05, 2);
    expect(new Set(out).size).toBe(50 * 40);
  });
});

describe('guidance', () => {
  it('moves along the difference, row by row if asked', () => {
    const [u, c] = [Float32Array.of(1, 1, 1, 1), Float32Array.of(2, 3, 2, 3)];
    expect([...guide(u, c, 1)]).toEqual([...c]);
    expect([...guide(u, c, [0, 2])]).toEqual([1, 1, 3, 5]);
    expect(risingGuidance(1, 3, 5)).toEqual([1, 1.5, 2, 2.5, 3]);
    expect(() => guide(u, c, [1, 2, 3])).toThrow(/3 rows/);
  });

  it('rescales to the conditional spread', () => {
    const out = rescaleGuidance(Float32Array.of(-4, 4, 1, 3), Float32Array.of(-1, 1, 0, 2), 1, 2);
    expect([...out]).toEqual([-1, 1, 1, 3]);
  });
});
