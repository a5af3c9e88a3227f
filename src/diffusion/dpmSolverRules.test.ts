import { describe, expect, it } from 'vitest';
import { type DpmAlgorithm, weigh } from './dpmSolverRules.ts';

/** Simpson's rule. */
function integrate(f: (x: number) => number, from: number, to: number): number {
  const n = 200;
  const h = (to - from) / n;
  let sum = f(from) + f(to);
  for (let i = 1; i < n; i++) sum += f(from + i * h) * (i % 2 === 1 ? 4 : 2);
  return (sum * h) / 3;
}

const alphaOf = (lambda: number) => 1 / Math.sqrt(1 + Math.exp(-2 * lambda));
const sigmaOf = (lambda: number) => alphaOf(lambda) * Math.exp(-lambda);

/** The exact solution over [s, t] when the prediction is the function p of lambda, without the SDE's noise. */
function exact(
  algorithm: DpmAlgorithm,
  x: number,
  s: number,
  t: number,
  p: (lambda: number) => number,
): number {
  const [a, b] = [alphaOf(t) / alphaOf(s), sigmaOf(t) / sigmaOf(s)];
  switch (algorithm) {
    case 'dpmsolver++':
      return b * x + sigmaOf(t) * integrate((l) => Math.exp(l) * p(l), s, t);
    case 'dpmsolver':
      return a * x - alphaOf(t) * integrate((l) => Math.exp(-l) * p(l), s, t);
    case 'sde-dpmsolver++':
      return b * Math.exp(s - t) * x + 2 * alphaOf(t) * integrate((l) => Math.exp(2 * (l - t)) * p(l), s, t);
    case 'sde-dpmsolver':
      return a * x - 2 * alphaOf(t) * integrate((l) => Math.exp(-l) * p(l), s, t);
  }
}

const constant = () => 1.7;
const line = (l: number) => 0.4 - 0.9 * l;

describe('weigh', () => {
  const lambdas = [0.9, 0.2, -0.1, -0.9]; // coming, then newest first; uneven
  const cases: [DpmAlgorithm, number, (l: number) => number][] = [
    ['dpmsolver++', 1, constant],
    ['dpmsolver++', 2, line],
    ['dpmsolver++', 3, line],
    ['dpmsolver', 1, constant],
    ['dpmsolver', 2, line],
    ['dpmsolver', 3, line],
    ['sde-dpmsolver++', 1, constant],
    ['sde-dpmsolver++', 2, line],
    ['sde-dpmsolver', 1, constant],
    ['sde-dpmsolver', 2, line],
  ];
  it.each(cases)('%s of order %i is exact for constant or linear predictions', (algorithm, order, p) => {
    const levels = lambdas.slice(0, order + 1).map((l) => Math.exp(-l));
    const { ofSample, ofPredictions } = weigh({ algorithm, solver: 'heun' }, levels);
    expect(ofPredictions).toHaveLength(order);
    const x = 0.37;
    const got = ofPredictions.reduce((sum, w, k) => sum + w * p(lambdas[k + 1]!), ofSample * x);
    expect(got).toBeCloseTo(exact(algorithm, x, lambdas[1]!, lambdas[0]!, p), 8);
  });

  it('sde-dpmsolver++ keeps pure noise at its variance', () => {
    const [t, s] = [0.9, 0.2]; // x_s = sigma_s eps, predicted data 0
    const rule = { algorithm: 'sde-dpmsolver++', solver: 'midpoint' } as const;
    const { ofSample, ofNoise } = weigh(rule, [Math.exp(-t), Math.exp(-s)]);
    expect(Math.hypot(ofSample * sigmaOf(s), ofNoise)).toBeCloseTo(sigmaOf(t), 12);
  });

  it('returns the data at noise level 0 and stays where it is without a step', () => {
    const rule = { algorithm: 'dpmsolver++', solver: 'midpoint' } as const;
    expect(weigh(rule, [0, 0.5])).toEqual({ ofSample: 0, ofPredictions: [1], ofNoise: 0 });
    expect(weigh(rule, [0.5, 0.5, 0.7])).toEqual({ ofSample: 1, ofPredictions: [0, 0], ofNoise: 0 });
  });
});
