import { expect, it } from 'vitest';
import { newImage } from '../media/index.ts';
import { findSkips, type Look, lookAt } from './skips.ts';

const lit: Look = { dark: 0.1, bright: 0.3 };
const black: Look = { dark: 1, bright: 0 };
const letters: Look = { dark: 0.9, bright: 0.05 };

/** A keyframe a second, from runs of looks. */
function film(
  ...runs: readonly (readonly [number, Look])[]
): { seconds: number; dark: number; bright: number }[] {
  return runs
    .flatMap(([n, look]) => Array.from({ length: n }, () => look))
    .map((look, seconds) => ({ ...look, seconds }));
}

const skips = (...runs: readonly (readonly [number, Look])[]): readonly [number, number] => {
  const frames = film(...runs);
  const { start, end } = findSkips(frames, frames.length, 'auto', 'auto');
  return [start.seconds, end.seconds];
};

it('leaves out the black at both ends of a clip, and nothing else', () => {
  expect(skips([20, lit])).toEqual([0, 0]);
  expect(skips([2, black], [5, lit], [1, black], [9, lit], [3, black])).toEqual([2, 3]);
  expect(skips([10, lit], [30, letters])).toEqual([0, 0]); // a clip may end in the dark
});

it('leaves out an opening that ends with black, and credits, of a film', () => {
  expect(skips([12, lit], [3, black], [700, lit], [60, letters])).toEqual([15, 60]);
  // black in the middle is the film's own
  expect(skips([400, lit], [3, black], [400, lit])).toEqual([0, 0]);
  // a few pictures between the names do not end the credits
  expect(skips([700, lit], [30, letters], [2, lit], [40, letters])).toEqual([0, 72]);
});

it('leaves nothing of a black film, and takes what is asked for', () => {
  expect(skips([20, black])).toEqual([0, 0]);
  expect(findSkips(film([20, lit]), 20, 3, 4.5)).toEqual({
    start: { seconds: 3, reason: '--skip-start' },
    end: { seconds: 4.5, reason: '--skip-end' },
  });
  expect(findSkips([], 0, 'auto', 'auto').start.seconds).toBe(0);
});

it('counts dark and bright pixels', () => {
  const image = newImage(4, 2);
  image.data.set([255, 255, 255, 100, 90, 80], 0);
  expect(lookAt(image)).toEqual({ dark: 0.75, bright: 0.125 });
});
