import { describe, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { bestAssignment } from './assignment.ts';
import { copyPaste, countMatching, crossSimilarity, matchFaces, selfSimilarity } from './characters.ts';

const at = (degrees: number): Float32Array => {
  const a = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(a), Math.sin(a));
};

/** The best score by trying every order. */
function tryAll(scores: readonly (readonly number[])[], row = 0, used = 0, left = 0): number {
  if (row === scores.length) return left > 0 ? -Infinity : 0;
  let best = left > 0 ? tryAll(scores, row + 1, used, left - 1) : -Infinity;
  scores[row]!.forEach((s, c) => {
    if (!(used & (1 << c))) best = Math.max(best, s + tryAll(scores, row + 1, used | (1 << c), left));
  });
  return best;
}

describe('bestAssignment', () => {
  it.each([
    [1, 1],
    [3, 3],
    [5, 2],
    [2, 5],
    [6, 6],
  ])('finds the best of all for %i x %i', (rows, columns) => {
    const random = Random.of(1, 'scores', rows, columns);
    const scores = Array.from({ length: rows }, () => [...random.normals(columns)]);
    const pairs = bestAssignment(scores);
    expect(pairs).toHaveLength(Math.min(rows, columns));
    expect(new Set(pairs.map(([r]) => r)).size).toBe(pairs.length);
    expect(new Set(pairs.map(([, c]) => c)).size).toBe(pairs.length);
    const total = pairs.reduce((sum, [r, c]) => sum + scores[r]![c]!, 0);
    expect(total).toBeCloseTo(tryAll(scores, 0, 0, Math.max(0, rows - columns)), 10);
  });

  it('has no pairs without rows or columns, and a limit', () => {
    expect(bestAssignment([])).toEqual([]);
    expect(bestAssignment([[], []])).toEqual([]);
    expect(() => bestAssignment([new Array(17).fill(0)])).toThrow(/at most 16 columns, got 17/);
  });
});

describe('faces and characters', () => {
  const references = new Map([
    ['a', at(0)],
    ['b', at(90)],
  ]);
  const frames = [
    { faces: [at(80), at(20)], characters: ['a', 'b'] },
    { faces: [at(40)], characters: ['a'] },
    { faces: [at(0), at(10), at(20)], characters: ['a'] },
    { faces: [], characters: [] },
  ];
  const matches = matchFaces(frames, references);
  const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);

  it('are matched so that all together fit best', () => {
    const who = matches.map(({ frame, character }) => [frame, character]);
    expect(who).toEqual([
      [0, 'b'],
      [0, 'a'],
      [1, 'a'],
      [2, 'a'],
    ]);
    expect(() => matchFaces([{ faces: [at(1)], characters: ['z'] }], references)).toThrow(/'z'/);
  });

  it('give cross and self similarity', () => {
    expect(crossSimilarity(matches)).toBeCloseTo((cos(10) + cos(20) + cos(40) + cos(0)) / 4, 6);
    // a at 20, 40 and 0 degrees; b only once
    expect(selfSimilarity(matches)).toBeCloseTo((cos(20) + cos(20) + cos(40)) / 3, 6);
    expect([crossSimilarity([]), selfSimilarity([])]).toEqual([undefined, undefined]);
  });

  it('give the count of people', () => {
    // right, right, 3 instead of 1, none and none expected
    expect(countMatching(frames)).toBeCloseTo((100 + 100 + 100 * Math.exp(-2) + 100) / 4, 3);
    expect(countMatching([])).toBeUndefined();
  });

  it('tell a copy from a likeness', () => {
    const other = new Map([['a', at(40)]]);
    const near = (degrees: number): number =>
      copyPaste(matchFaces([{ faces: [at(degrees)], characters: ['a'] }], references), references, other)!;
    expect(near(0)).toBeCloseTo(1, 6);
    expect(near(20)).toBeCloseTo(0.5, 4);
    expect(near(40)).toBeCloseTo(0, 6);
    expect(copyPaste(matches, references, new Map())).toBeUndefined();
  });
});
