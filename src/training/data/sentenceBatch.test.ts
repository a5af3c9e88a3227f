import { describe, expect, it } from 'vitest';
import { Random } from '../../random/index.ts';
import { sentenceBatch } from './sentenceBatch.ts';

const lists = [
  ['Night', 'Forest', 'Mara runs.'],
  ['Night', 'Beach'],
  ['Day', 'Beach', 'Tom laughs.'],
];

describe('sentenceBatch', () => {
  it('makes a sentence a positive of every picture for which it stands', () => {
    const b = sentenceBatch(lists, { singles: 7, joined: 2 }, Random.of(1, 'x'));
    expect([...b.singles].sort()).toEqual(
      ['Beach', 'Day', 'Forest', 'Mara runs.', 'Night', 'Tom laughs.', b.singles[6]].sort(),
    );
    const column = (text: number): number[] => [0, 1, 2].map((i) => b.textTargets[text * 3 + i] as number);
    expect(column(b.singles.indexOf('Night'))).toEqual([0.5, 0.5, 0]);
    expect(column(b.singles.indexOf('Day'))).toEqual([0, 0, 1]);
    expect([column(7), column(8)]).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    for (let i = 0; i < 3; i++) {
      const row = b.imageTargets.subarray(i * 9, (i + 1) * 9);
      expect(row.reduce((x, y) => x + y, 0)).toBeCloseTo(1, 6);
      row.forEach((v, t) => {
        expect(v > 0).toBe((b.textTargets[t * 3 + i] as number) > 0);
      });
    }
  });

  it('lets every picture have a text when there are few', () => {
    for (let seed = 0; seed < 20; seed++) {
      const b = sentenceBatch(lists, { singles: 3, joined: 1 }, Random.of(seed, 'x'));
      for (const list of lists) expect(list.some((text) => b.singles.includes(text))).toBe(true);
    }
    expect(() => sentenceBatch(lists, { singles: 2, joined: 1 }, Random.of(1))).toThrow(/at least 3/);
  });

  it('puts wrong sentences beside the true ones, for no picture unless they happen to be true', () => {
    const options = { first: ['Tom laughs.'], wrong: ['Mara cries.', 'Beach'] };
    const b = sentenceBatch(lists, { singles: 6, joined: 1 }, Random.of(2, 'x'), options);
    expect(b.singles[0]).toBe('Tom laughs.');
    const width = 6 + 1 + 2;
    const share = (picture: number, text: number): number => b.imageTargets[picture * width + text] as number;
    expect([0, 1, 2].map((i) => share(i, 7))).toEqual([0, 0, 0]);
    expect([0, 1, 2].map((i) => share(i, 8) > 0)).toEqual([false, true, true]);
    expect(b.textTargets).toHaveLength(7 * 3);
  });
});
