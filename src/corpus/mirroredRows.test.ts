import { expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { drawSides, MirroredRows } from './mirroredRows.ts';

const rows = (offset: number) => ({
  shape: [2],
  batch: (which: readonly number[]) => Float32Array.from(which.flatMap((r) => [offset + r, offset + r])),
});

it('takes each frame from its own side', () => {
  const both = new MirroredRows(rows(0), rows(100));
  const sides = [
    { row: 3, mirrored: false },
    { row: 3, mirrored: true },
    { row: 5, mirrored: false },
  ];
  expect([...both.batch(sides)]).toEqual([3, 3, 103, 103, 5, 5]);
  expect(() => new MirroredRows(rows(0)).batch(sides)).toThrow(/mirror image of row 3/);
});

it('mirrors as often as asked', () => {
  const share = (flip: number): number =>
    drawSides(2000, 10, flip, Random.of(1, 'sides')).filter((s) => s.mirrored).length / 2000;
  expect(share(0)).toBe(0);
  expect(share(1)).toBe(1);
  expect(Math.abs(share(0.5) - 0.5)).toBeLessThan(0.05);
});
