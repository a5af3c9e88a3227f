import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { symmetricEigen } from './symmetricEigen.ts';

function randomSymmetric(n: number): Float64Array {
  const random = Random.of(3, 'eigen', n);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      a[i * n + j] = random.normal();
      a[j * n + i] = a[i * n + j]!;
    }
  }
  return a;
}

describe('symmetricEigen', () => {
  it.each([1, 2, 3, 17, 60])('satisfies A v = lambda v with orthonormal v, n = %i', (n) => {
    const a = randomSymmetric(n);
    const { values, vectors } = symmetricEigen(a, n);
    for (let k = 0; k < n; k++) {
      const v = vectors.subarray(k * n, (k + 1) * n);
      for (let i = 0; i < n; i++) {
        const av = v.reduce((sum, x, j) => sum + a[i * n + j]! * x, 0);
        expect(av).toBeCloseTo(values[k]! * v[i]!, 11);
      }
      for (let l = 0; l < n; l++) {
        const dot = v.reduce((sum, x, j) => sum + x * vectors[l * n + j]!, 0);
        expect(dot).toBeCloseTo(k === l ? 1 : 0, 11);
      }
      if (k > 0) expect(values[k]!).toBeGreaterThanOrEqual(values[k - 1]!);
    }
  });

  it('knows the eigenvalues of the second-difference matrix', () => {
    const n = 12;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = -1;
      if (i > 0) a[(i - 1) * n + i] = -1;
    }
    const { values } = symmetricEigen(a, n, false);
    values.forEach((v, k) => {
      expect(v).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)), 12);
    });
  });

  it('handles zero and rank-one matrices', () => {
    expect([...symmetricEigen(new Float64Array(16), 4).values]).toEqual([0, 0, 0, 0]);
    const { values } = symmetricEigen(new Float64Array(25).fill(1), 5);
    expect(values[4]).toBeCloseTo(5, 12);
    expect(Math.max(...values.subarray(0, 4).map(Math.abs))).toBeLessThan(1e-14);
  });

  it('rejects values not finite', () => {
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow(/not finite/);
  });
});
