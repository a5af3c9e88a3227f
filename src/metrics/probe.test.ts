import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { probeLoss, trainProbe } from './probe.ts';

/** Three clouds in eight dimensions. */
function clouds(n: number, seed: number): { features: Float32Array[]; labels: number[] } {
  const random = Random.of(seed, 'clouds');
  const labels = Array.from({ length: n }, (_, i) => i % 3);
  const features = labels.map((c) => random.normals(8).map((v, j) => 0.3 * v + (j === c ? 2 : 0)));
  return { features, labels };
}

describe('a probe', () => {
  it('learns a separable set, and classifies what it has not seen', () => {
    const { features, labels } = clouds(90, 1);
    const probe = trainProbe(features, labels, 3);
    const test = clouds(60, 2);
    expect(test.features.map((x) => probe.classify(x))).toEqual(test.labels);
  });

  it('is the same for the same features', () => {
    const { features, labels } = clouds(30, 3);
    const noise = Array.from({ length: 50 }, (_, i) => Random.of(i, 'x').normals(8));
    const answers = () => {
      const probe = trainProbe(features, labels, 3, { iterations: 7 });
      return noise.map((x) => probe.classify(x));
    };
    expect(answers()).toEqual(answers());
  });

  it('has the gradient of its loss', () => {
    const { features, labels } = clouds(12, 4);
    const problem = { rows: features.map((x) => Float64Array.from(x)), labels, classes: 3, l2: 0.1 };
    const weights = Float64Array.from(Random.of(5, 'w').normals(27));
    const { gradient } = probeLoss(problem, weights);
    for (let i = 0; i < weights.length; i++) {
      const at = (d: number): number => {
        const moved = weights.slice();
        moved[i]! += d;
        return probeLoss(problem, moved).loss;
      };
      expect(gradient[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 6);
    }
  });

  it('knows the loss of knowing nothing: log of the classes', () => {
    const { features, labels } = clouds(12, 4);
    const rows = features.map((x) => Float64Array.from(x));
    const { loss } = probeLoss({ rows, labels, classes: 3, l2: 0.1 }, new Float64Array(27));
    expect(loss).toBeCloseTo(Math.log(3), 12);
  });

  it('refuses labels that fit neither rows nor classes', () => {
    expect(() => trainProbe([], [], 2)).toThrow(/at least one, got 0 rows/);
    expect(() => trainProbe([new Float32Array(2)], [2], 2)).toThrow(/from 0 to 1/);
    expect(() => trainProbe([new Float32Array(2), new Float32Array(3)], [0, 1], 2)).toThrow(/got 3/);
  });
});
