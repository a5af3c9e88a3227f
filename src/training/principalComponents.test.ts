import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { principalComponents } from './principalComponents.ts';

describe('principalComponents', () => {
  it('finds directions and variances of a matrix that was put together from them', () => {
    const n = 12;
    const random = Random.of(1, 'pca');
    const symmetric = new Float64Array(n * n);
    const g = random.normals(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++)
          symmetric[i * n + j]! += (g[i * n + k] as number) * (g[j * n + k] as number);
    const { variances, components } = principalComponents(symmetric, n);
    expect([...variances].sort((a, b) => b - a)).toEqual(variances);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const back = components.reduce((sum, row, k) => sum + row[i]! * row[j]! * variances[k]!, 0);
        expect(back).toBeCloseTo(symmetric[i * n + j] as number, 9);
        const dot = components[i]!.reduce((sum, x, k) => sum + x * components[j]![k]!, 0);
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
  });

  it('gives the axes of a diagonal matrix by falling variance', () => {
    const { variances, components } = principalComponents(Float64Array.of(1, 0, 0, 0, 9, 0, 0, 0, 4), 3);
    expect(variances).toEqual([9, 4, 1]);
    expect(components).toEqual([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });
});
