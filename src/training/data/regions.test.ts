import { describe, expect, it } from 'vitest';
import { regionWeights } from './regions.ts';

const frame = { width: 80, height: 40 };

describe('regionWeights', () => {
  it('spreads a person over the patches of its own picture', () => {
    // face 10 x 10 at (30, 10): with its reach from x 26.5 to 43.5, from y 6.5 to 29
    const w = regionWeights([{ image: 1, box: [30, 10, 40, 20], mirrored: false }], frame, 2, 4);
    expect(w).toHaveLength(2 * 16);
    expect(w.subarray(0, 16).every((v) => v === 0)).toBe(true);
    const grid = [...w.subarray(16)];
    expect(grid.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    const column = (x: number): number => [0, 1, 2, 3].reduce((a, y) => a + (grid[y * 4 + x] as number), 0);
    expect([0, 1, 2, 3].map(column).map((v) => Number(v.toFixed(4)))).toEqual([0, 0.7941, 0.2059, 0]);
    const row = (y: number): number => grid.slice(y * 4, y * 4 + 4).reduce((a, b) => a + b, 0);
    expect([0, 1, 2, 3].map(row).map((v) => Number(v.toFixed(4)))).toEqual([0.1556, 0.4444, 0.4, 0]);
  });

  it('follows a mirrored picture', () => {
    const region = { image: 0, box: [30, 10, 40, 20] as const };
    const plain = regionWeights([{ ...region, mirrored: false }], frame, 1, 4);
    const mirrored = regionWeights([{ ...region, mirrored: true }], frame, 1, 4);
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 4; x++) expect(mirrored[y * 4 + x]).toBeCloseTo(plain[y * 4 + 3 - x] as number, 6);
    }
  });
});
