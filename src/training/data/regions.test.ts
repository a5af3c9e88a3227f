import { describe, expect, it } from 'vitest';
import { peopleWeights, regionWeights } from './regions.ts';

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

describe('peopleWeights', () => {
  const grid = { width: 4, height: 4 };

  it('weighs cells by how much of them people fill, 1 on average over each picture', () => {
    // with its reach a face 10 x 10 at (30, 10) covers x 26.5 to 43.5 and y 6.5 to 29 of cells of 20 x 10
    const region = { image: 1, box: [30, 10, 40, 20] as const, mirrored: false };
    const w = peopleWeights([region], frame, 2, grid, 3);
    expect(w.subarray(0, 16)).toEqual(new Float32Array(16).fill(1)); // nobody is in the first picture
    const second = [...w.subarray(16)];
    expect(second.reduce((a, b) => a + b, 0)).toBeCloseTo(16, 5);
    const [empty, full] = [second[0] as number, second[5] as number]; // column 1, row 1
    expect(full / empty).toBeCloseTo(1 + 2 * 0.675, 5);
  });

  it('counts a cell once where people overlap', () => {
    const region = { image: 0, box: [30, 10, 40, 20] as const, mirrored: false };
    const one = peopleWeights([region], frame, 1, grid, 3);
    expect(peopleWeights([region, region], frame, 1, grid, 3)).toEqual(one);
  });
});
