import { describe, expect, it } from 'vitest';
import { longTermConsistency, shortTermConsistency, subjectConsistency } from './consistency.ts';

/** A unit vector at an angle in degrees: cosines are those of the angles between. */
const at = (degrees: number): Float32Array => {
  const a = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(a), Math.sin(a));
};

describe('shortTermConsistency', () => {
  it('compares each frame of a character with the last one that shows it', () => {
    const frames = [
      { embedding: at(0), characters: ['a', 'b'] },
      { embedding: at(90), characters: ['b'] },
      { embedding: at(60), characters: ['a'] },
    ];
    // a: 0 and 60 degrees; b: 0 and 90 degrees
    expect(shortTermConsistency(frames)).toBeCloseTo((0.5 + 0) / 2, 6);
    expect(shortTermConsistency(frames.slice(2))).toBeUndefined();
  });
});

describe('longTermConsistency', () => {
  // the paper's example: true in 1 to 5, generated in 1, 2, 3 and 6
  const appearances = [1, 2, 3, 4, 5, 6].map((frame) => ({
    isThere: frame <= 5,
    similarity: [1, 2, 3, 6].includes(frame) ? 0.8 : frame === 4 ? null : 0.1,
  }));

  it('is the example of appendix B', () => {
    const { recall, precision, f1 } = longTermConsistency(appearances, 0.5);
    expect([recall, precision]).toEqual([3 / 5, 3 / 4]);
    expect(f1).toBeCloseTo(2 / (5 / 3 + 4 / 3), 12);
  });

  it('moves with the threshold, and a frame without a face never counts', () => {
    expect(longTermConsistency(appearances, 0.9)).toEqual({ threshold: 0.9, recall: 0, precision: 1, f1: 0 });
    expect(longTermConsistency(appearances, -1).recall).toBe(4 / 5);
    expect(() => longTermConsistency([], 0.5)).toThrow(/no character/);
  });
});

describe('subjectConsistency', () => {
  it('compares with the frame before and with the first, opposites counting as 0', () => {
    // 60: (0.5 + 0.5) / 2; 180: before cos 120 < 0, first cos 180 < 0
    expect(subjectConsistency([at(0), at(60), at(180)])).toBeCloseTo(0.25, 6);
    expect(subjectConsistency([at(0)])).toBeUndefined();
  });
});
