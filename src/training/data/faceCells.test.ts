import { describe, expect, it } from 'vitest';
import { faceCells } from './faceCells.ts';

const grid = { width: 8, height: 4, cell: 8 };
const frame = { width: 64 };

describe('faceCells', () => {
  const box = [16, 8, 32, 24] as const; // cells 2 to 3 across, 1 to 2 down
  const at = (x: number, y: number): number => y * grid.width + x;

  it('marks the middle of a face, with the distances to its sides', () => {
    const { scores, sides, count } = faceCells([{ image: 1, box, mirrored: false }], frame, 2, grid);
    expect(count).toBe(1); // the middle half has no cell centres inside: the cell with the face's centre stands for it
    expect(scores.subarray(0, 32).every((v) => v === 0)).toBe(true);
    expect([...scores.subarray(32)].flatMap((v, i) => (v ? [i] : []))).toEqual([at(3, 2)]);
    const distances = [0, 1, 2, 3].map((s) => Math.exp(sides[(4 + s) * 32 + at(3, 2)] as number));
    expect(distances.map((d) => Number(d.toFixed(4)))).toEqual([1.5, 1.5, 0.5, 0.5]);
  });

  it('follows a mirrored picture', () => {
    const { scores } = faceCells([{ image: 0, box, mirrored: true }], frame, 1, grid);
    expect(scores[at(5, 2)]).toBe(1); // 32 .. 48 pixels
  });

  it('gives a cell of two faces to the smaller one', () => {
    const large = { image: 0, box: [0, 0, 64, 32] as const, mirrored: false };
    const small = { image: 0, box, mirrored: false };
    for (const list of [
      [large, small],
      [small, large],
    ]) {
      const { scores, sides, count } = faceCells(list, frame, 1, grid);
      expect(count).toBe(scores.filter((v) => v === 1).length);
      expect(count).toBeGreaterThan(4);
      expect(Math.exp(sides[at(3, 2)] as number)).toBeCloseTo(1.5, 5);
    }
  });
});
