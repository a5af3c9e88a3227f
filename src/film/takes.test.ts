import { describe, expect, it } from 'vitest';
import type { PictureCheck } from './checks/verdict.ts';
import type { TakeState } from './run/state.ts';
import { bestTake, likeness, nextTake } from './takes.ts';

const seen = (tom: number, ida: number, strangers = 0): PictureCheck => {
  const faces = Object.entries({ tom, ida }).map(([character, cosine]) => ({
    ...{ box: [0, 0, 1, 1] as const, score: 1, character, cosine },
  }));
  const missing = faces.filter(({ cosine }) => cosine < 0.5).map(({ character }) => character);
  const passes = missing.length + strangers === 0;
  return { frame: 0, size: [8, 8], faces, missing, unexpected: [], strangers, passes };
};
const take = (number: number, picture?: PictureCheck): TakeState => ({
  ...{ take: number, basis: '', keyframe: { key: '', sha256: '' } },
  ...(picture ? { check: { key: '', of: '', passes: picture.passes, pictures: [picture] } } : {}),
});

describe('the best take', () => {
  it('has the fewest faults, then people most like their portraits, and else is the first', () => {
    const best = (...pictures: (PictureCheck | undefined)[]): number | undefined =>
      bestTake(pictures.map((picture, i) => take(i, picture)))?.take;
    expect(best(seen(0.9, 0.1), seen(0.6, 0.6))).toBe(1);
    expect(best(seen(0.9, 0.9, 1), seen(0.6, 0.6))).toBe(1);
    expect(best(seen(0.6, 0.6), seen(0.7, 0.6), seen(0.6, 0.6))).toBe(1);
    expect(best(seen(0.6, 0.6), seen(0.6, 0.6))).toBe(0);
    expect(best(undefined, seen(0, 0))).toBe(1);
    expect(best(undefined)).toBeUndefined();
  });

  it('counts who is missing as not alike', () => {
    expect(likeness(seen(0.8, 0.4))).toBeCloseTo(0.4);
    expect(likeness({ ...seen(0.8, 0.6), unexpected: ['tom', 'ida'] })).toBe(0);
    // whoever is most like a face that is nobody's is not there
    expect(likeness({ ...seen(0.8, 0.4), missing: [] })).toBeCloseTo(0.8);
  });

  it('has a number that no take had', () => {
    expect(nextTake({ take: 0 })).toBe(1);
    expect(nextTake({ take: 1, takes: [take(0), take(1), take(4)] })).toBe(5);
  });
});
