import { describe, expect, it } from 'vitest';
import { passes } from '../../parity/compare.ts';
import { run } from '../../parity/metrics.ts';
import { Random } from '../random/index.ts';
import { cosineMatrix } from './cosine.ts';
import { featureStatistics, frechetDistance, frechetDistanceOfSets } from './frechet.ts';
import { inceptionScore } from './inceptionScore.ts';

describe('metrics fixture', () => {
  it('is matched in every figure', async () => {
    const rows = await run('fixtures/metrics');
    expect(rows.length).toBeGreaterThanOrEqual(14);
    expect(rows.filter((row) => !passes(row))).toEqual([]);
  });
});

describe('frechetDistance', () => {
  const gaussian = (mean: number[], deviations: number[]) => {
    const d = mean.length;
    const covariance = new Float64Array(d * d);
    deviations.forEach((s, i) => {
      covariance[i * d + i] = s * s;
    });
    return { count: 100, dimension: d, mean: Float64Array.from(mean), covariance };
  };

  it('is |mu_a - mu_b|^2 + sum (s_a - s_b)^2 for diagonal covariances', () => {
    const { distance } = frechetDistance(gaussian([1, 2, 3], [1, 2, 0.5]), gaussian([0, 2, 5], [3, 1, 0.5]));
    expect(distance).toBeCloseTo(1 + 4 + 4 + 1, 12);
  });

  it('is symmetric and near 0 for equal sets, with fewer samples than features too', () => {
    const random = Random.of(1, 'frechet');
    const a = featureStatistics(random.normals(20 * 32), 32);
    const b = featureStatistics(random.normals(15 * 32), 32);
    expect(frechetDistance(a, b).distance).toBeCloseTo(frechetDistance(b, a).distance, 6);
    expect(frechetDistance(a, a).distance).toBeLessThan(1e-6);
    expect(frechetDistance(a, b).distance).toBeGreaterThan(1);
  });

  it.each([
    [20, 30, 64],
    [63, 200, 64],
    [5, 4, 64],
    [70, 80, 16],
  ])('of sets is that of their statistics: %i and %i rows of %i', (n, m, dimension) => {
    const random = Random.of(2, 'sets');
    const set = (count: number, scale: number): Float32Array[] =>
      Array.from({ length: count }, () =>
        random.normals(dimension).map((v, i) => (scale * v) / (1 + i / 20) + scale),
      );
    const [a, b] = [set(n, 1), set(m, 1.3)];
    const statistics = (rows: Float32Array[]) =>
      featureStatistics(
        rows.flatMap((row) => [...row]),
        dimension,
      );
    const [own, expected] = [frechetDistanceOfSets(a, b), frechetDistance(statistics(a), statistics(b))];
    expect(own.distance / expected.distance).toBeCloseTo(1, 9);
    expect(own.meanTerm).toBeCloseTo(expected.meanTerm, 9);
    expect(frechetDistanceOfSets(b, a).distance).toBeCloseTo(own.distance, 9);
    expect(frechetDistanceOfSets(a, a).distance).toBeLessThan(1e-6);
  });

  it('rejects sets of one row, and features of another size', () => {
    const [a, b] = [new Float32Array(4), new Float32Array(3)];
    expect(() => frechetDistanceOfSets([a], [a, a])).toThrow(/at least two rows, got 1/);
    expect(() => frechetDistanceOfSets([a, a], [b, b])).toThrow(/sizes differ, 4 and 3/);
  });

  it('rejects features of another size', () => {
    expect(() => frechetDistance(gaussian([0], [1]), gaussian([0, 0], [1, 1]))).toThrow(/1 and 2/);
    expect(() => featureStatistics([1, 2, 3], 2)).toThrow(/rows of 2/);
  });
});

describe('inceptionScore', () => {
  it('is the number of classes for sure, evenly spread predictions and 1 for equal ones', () => {
    const classes = 4;
    const sure = Float32Array.from({ length: 8 * classes }, (_, i) => {
      return Math.floor(i / classes) % classes === i % classes ? 500 : 0;
    });
    expect(inceptionScore(sure, classes, 2).mean).toBeCloseTo(classes, 10);
    expect(inceptionScore(new Float32Array(32), classes, 2).mean).toBeCloseTo(1, 12);
  });

  it('rejects rows that do not divide', () => {
    expect(() => inceptionScore(new Float32Array(12), 4, 2)).toThrow(/2 splits/);
  });
});

describe('cosineMatrix', () => {
  it('ignores length and sees direction', () => {
    const a = Float32Array.of(1, 0, 1, 1);
    const b = Float32Array.of(5, 0, 0, -2, -3, 3);
    const cosines = cosineMatrix(a, b, 2);
    [1, 0, -Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2, 0].forEach((want, i) => {
      expect(cosines[i]).toBeCloseTo(want, 12);
    });
    expect(() => cosineMatrix(new Float32Array(2), a, 2)).toThrow(/zero vector/);
  });
});
