import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { noiseUnit, rescheduledNoise } from './rescheduledNoise.ts';

const [frames, size] = [9, 3];
const first = Random.of(1, 'noise').normals(frames * size);
const rowsOf = (noise: Float32Array): string[] =>
  Array.from({ length: frames }, (_, i) => noise.slice(i * size, (i + 1) * size).join());
const at = (window: number): Float32Array =>
  rescheduledNoise(first, frames, window, 4, Random.of(2, 'shuffle', window));

describe('FreeNoise’s rescheduling', () => {
  it('leaves the first window as it is', () => {
    expect(at(0)).toEqual(first);
  });

  it('gives later windows the frames of the first, in another order within each unit', () => {
    const known = rowsOf(first);
    const windows = [1, 2, 3].map((window) => rowsOf(at(window)));
    for (const rows of windows) {
      for (const [from, to] of [
        [0, 4],
        [4, 8],
        [8, 9],
      ] as const)
        expect(rows.slice(from, to).sort()).toEqual(known.slice(from, to).sort());
    }
    expect(windows.some((rows) => rows.join('|') !== known.join('|'))).toBe(true);
    expect(new Set(windows.map((rows) => rows.join('|'))).size).toBeGreaterThan(1);
  });

  it('shuffles quarters of a window', () => {
    expect([16, 25, 8, 3].map(noiseUnit)).toEqual([4, 6, 2, 2]);
  });
});
