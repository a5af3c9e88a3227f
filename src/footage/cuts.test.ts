import { expect, it } from 'vitest';
import { type Image, newImage } from '../media/index.ts';
import { CutDetector, contentScore, toHsv } from './cuts.ts';

const [width, height] = [8, 6];
const flat = (r: number, g: number, b: number): Image => newImage(width, height, [r, g, b]);

/** The cuts of frames at 10 a second. */
function cutsOf(frames: readonly Image[]): number[] {
  const detector = new CutDetector();
  for (const [i, frame] of frames.entries()) detector.add(frame, i / 10);
  detector.finish();
  return detector.cuts;
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

it.each([
  ['red', [255, 0, 0], [0, 255, 255]],
  ['green', [0, 255, 0], [85, 255, 255]],
  ['blue', [0, 0, 255], [170, 255, 255]],
  ['half dark blue', [0, 0, 128], [170, 255, 128]],
  ['grey', [90, 90, 90], [0, 0, 90]],
  ['black', [0, 0, 0], [0, 0, 0]],
  ['pink', [255, 127, 127], [0, 128, 255]],
] as const)('gives hue, saturation and value of %s', (_, [r, g, b], hsv) => {
  expect([...toHsv(newImage(1, 1, [r, g, b]))]).toEqual(hsv);
});

it('scores the mean difference of hue, saturation and value', () => {
  const score = (a: Image, b: Image): number => contentScore(toHsv(a), toHsv(b));
  expect(score(flat(90, 90, 90), flat(120, 120, 120))).toBe(10); // value by 30, of three channels
  expect(score(flat(255, 0, 0), flat(0, 255, 255))).toBeCloseTo(128 / 3, 5); // opposite hues
  expect(score(flat(255, 0, 4), flat(255, 4, 0))).toBeLessThan(1); // hues on both sides of red
  expect(score(flat(0, 0, 1), flat(1, 0, 0))).toBeLessThan(0.2); // nobody sees the hue of black
});

it('finds a cut at the first frame behind it, and none where light changes slowly', () => {
  const slow = times(20, (i) => flat(40 + 4 * i, 40 + 4 * i, 60));
  expect(cutsOf(slow)).toEqual([]);
  const dark = times(10, () => flat(20, 20, 20));
  const light = times(10, () => flat(200, 180, 160));
  expect(cutsOf([...dark, ...light, ...dark])).toEqual([1, 2]);
});

it('finds a cut near either end', () => {
  const [a, b] = [flat(20, 20, 20), flat(200, 180, 160)];
  expect(cutsOf([a, a, a, b])).toEqual([0.3]);
  expect(cutsOf([a, a, b, b, b, b])).toEqual([0.2]);
});

it('takes quick motion for no cut: it lasts', () => {
  const flicker = times(20, (i) => flat(i % 2 ? 60 : 90, 70, 70));
  expect(cutsOf(flicker)).toEqual([]);
});

it('has no cuts in one frame or none', () => {
  expect(cutsOf([flat(1, 2, 3)])).toEqual([]);
  expect(cutsOf([])).toEqual([]);
});
