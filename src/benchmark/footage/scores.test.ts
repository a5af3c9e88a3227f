import { expect, it } from 'vitest';
import { addHits, cutHits, f1, noHits, peopleHits } from './scores.ts';

it('counts a cut where it is found at its time, once', () => {
  expect(cutHits([1, 2, 3.004], [1, 3, 4], 0.01)).toEqual({ right: 2, found: 3, there: 3 });
  expect(cutHits([1, 1.005], [1], 0.01)).toEqual({ right: 1, found: 2, there: 1 });
  expect(cutHits([], [1], 0.01)).toEqual({ right: 0, found: 0, there: 1 });
});

it('takes the mean of precision and recall', () => {
  expect(f1({ right: 2, found: 3, there: 5 })).toBe(0.5);
  expect(f1(noHits)).toBe(1);
  expect(f1(addHits({ right: 1, found: 1, there: 1 }, { right: 0, found: 1, there: 1 }))).toBe(0.5);
});

it('gives each character one identity, as suits the film', () => {
  const frames = [
    { there: ['ann', 'bob'], found: ['p1', 'p2'] },
    { there: ['ann'], found: ['p1'] },
    { there: ['bob'], found: ['p3'] }, // bob again, under another id
    { there: [], found: [null] },
  ];
  expect(peopleHits(frames)).toEqual({ right: 3, found: 5, there: 4 });
  expect(peopleHits([{ there: ['ann'], found: [] }])).toEqual({ right: 0, found: 0, there: 1 });
});

it('counts two people who were joined to one identity as one', () => {
  const frames = [
    { there: ['ann'], found: ['p1'] },
    { there: ['bob'], found: ['p1'] },
    { there: ['bob'], found: ['p1'] },
  ];
  expect(peopleHits(frames)).toEqual({ right: 2, found: 3, there: 3 });
});
