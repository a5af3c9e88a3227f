import { describe, expect, it } from 'vitest';
import { faultsInWords, type SeenFace, verdict } from './verdict.ts';

const portraits = new Map([
  ['ann', Float32Array.of(1, 0, 0)],
  ['bob', Float32Array.of(0, 1, 0)],
]);
const picture = { frame: 0, size: [100, 50] as const };
const face = (...embedding: number[]): SeenFace => ({
  box: [1.4, 2.6, 11.2, 12.5],
  score: 0.987654,
  embedding: Float32Array.from(embedding),
});
const check = (seen: SeenFace[], expected: string[]) => verdict(picture, seen, expected, portraits);

describe('verdict', () => {
  it('passes where exactly those are there whom the script has there', () => {
    const found = check([face(0.8, 0, 0.6), face(0, 0.6, 0.8)], ['bob', 'ann']);
    expect(found.faces).toEqual([
      { box: [1, 3, 11, 13], score: 0.9877, character: 'ann', cosine: 0.8 },
      { box: [1, 3, 11, 13], score: 0.9877, character: 'bob', cosine: 0.6 },
    ]);
    expect([found.passes, faultsInWords(found)]).toEqual([true, '']);
    expect(check([], []).passes).toBe(true);
  });

  it('says who is missing, who is too many, and how many are strangers', () => {
    const other = check([face(0, 1, 0)], ['ann']);
    expect(other).toMatchObject({ missing: ['ann'], unexpected: ['bob'], strangers: 0, passes: false });
    expect(faultsInWords(other)).toBe('ann was not found, bob is there, and should not be');
    const unlike = check([face(0.4, 0, 0.9165)], ['ann']);
    expect(unlike).toMatchObject({ missing: ['ann'], unexpected: [], strangers: 1, passes: false });
    expect(faultsInWords(unlike)).toBe('ann was not found, a stranger is there');
    expect(check([], ['ann', 'bob'])).toMatchObject({ missing: ['ann', 'bob'], strangers: 0 });
  });

  it('finds a stranger in a shot without people, and a double of somebody', () => {
    expect(check([face(0, 0, 1)], [])).toMatchObject({ strangers: 1, passes: false });
    const twice = check([face(1, 0, 0), face(0.9, 0, 0.4359)], ['ann']);
    expect(twice).toMatchObject({ missing: [], strangers: 1, passes: false });
  });
});
