import { describe, expect, it } from 'vitest';
import { f32, input } from '../../graph/index.ts';
import { spaceToDepth } from '../../models/autoencoderKl/index.ts';
import { Random } from '../../random/index.ts';
import { runGraph } from '../../testing/runGraph.ts';
import {
  checkWindow,
  cut,
  drawWindow,
  pick,
  pickColumns,
  shuffled,
  type WindowSizes,
  windowWeights,
} from './decoderWindows.ts';

const frame = { width: 448, height: 256 };
const sizes: WindowSizes = { window: 160, margin: 16, seen: 120, cell: 16 };
const draws = (faces: number, box?: [number, number, number, number]) =>
  Array.from({ length: 300 }, (_, i) => {
    const record = { faces: box ? [{ character: 'mara', box }] : [] };
    return drawWindow(record as never, frame, sizes, faces, Random.of(1, 'window', i));
  });

describe('drawWindow', () => {
  it('lies on the grid of latents within the frame, and reaches its borders', () => {
    const all = draws(0.6);
    for (const { x, y } of all) {
      expect([x % 16, y % 16]).toEqual([0, 0]);
      expect(Math.min(x, 288 - x, y, 96 - y)).toBeGreaterThanOrEqual(0);
    }
    for (const value of [0, 288]) expect(all.some(({ x }) => x === value)).toBe(true);
    for (const value of [0, 96]) expect(all.some(({ y }) => y === value)).toBe(true);
  });

  it('looks at every phase of the grid, and in no margin within the frame', () => {
    const all = draws(0.6);
    expect(new Set(all.map(({ seenX }) => seenX % 8)).size).toBe(8);
    for (const { x, seenX } of all) {
      expect(seenX).toBeGreaterThanOrEqual(x === 0 ? 0 : 16);
      expect(seenX + 120).toBeLessThanOrEqual(x === 288 ? 160 : 144);
    }
    expect(all.some(({ x, seenX }) => x === 0 && seenX < 16)).toBe(true);
    expect(all.some(({ y, seenY }) => y === 96 && seenY + 120 > 144)).toBe(true);
  });

  it('holds a face where one is asked for', () => {
    for (const { x, y } of draws(1, [200, 100, 230, 140])) {
      expect(x + 16).toBeLessThanOrEqual(200);
      expect(x + 144).toBeGreaterThanOrEqual(230);
      expect(y + 16).toBeLessThanOrEqual(100);
      expect(y + 144).toBeGreaterThanOrEqual(140);
    }
    expect(new Set(draws(1, [200, 100, 230, 140]).map(({ x }) => x)).size).toBeGreaterThan(1);
    expect(draws(1, [430, 0, 448, 20]).every(({ x, y }) => x === 288 && y === 0)).toBe(true);
  });
});

describe('windowWeights', () => {
  const at = (x: number, y: number) => windowWeights({ x, y, seenX: 0, seenY: 0 }, sizes, frame);

  it('are nothing in margins within the frame, and 1 on average', () => {
    const inner = at(16, 32);
    expect(inner[0]).toBe(0);
    expect(inner[15 * 160 + 80]).toBe(0);
    expect(inner[16 * 160 + 16]).toBeCloseTo((160 / 128) ** 2, 5);
    expect(inner[143 * 160 + 143]).toBeGreaterThan(0);
    expect(inner[144 * 160 + 80]).toBe(0);
    const corner = at(0, 96);
    expect(corner[16 * 160]).toBeGreaterThan(0); // the frame's own left side
    expect(corner[0]).toBe(0); // the frame goes on above
    expect(corner[159 * 160]).toBeGreaterThan(0);
    for (const weights of [inner, corner])
      expect(weights.reduce((a, b) => a + b, 0) / 160 ** 2).toBeCloseTo(1, 4);
  });
});

describe('squares of planes', () => {
  it('are cut out, and picked by products as they are cut', async () => {
    const planes = Float32Array.from({ length: 2 * 5 * 6 }, (_, i) => i);
    const square = cut(planes, { width: 6, height: 5 }, 1, 2, 3);
    expect([...square.subarray(0, 9)]).toEqual([13, 14, 15, 19, 20, 21, 25, 26, 27]);
    expect(square[9]).toBe(43);
    const [rows, columns] = [pick(2, 2, 5), pickColumns(1, 2, 5)];
    const x = Array.from({ length: 25 }, (_, i) => i);
    const product = (r: number, c: number): number => {
      let sum = 0;
      for (let i = 0; i < 5; i++)
        for (let j = 0; j < 5; j++) sum += rows[r * 5 + i]! * x[i * 5 + j]! * columns[j * 2 + c]!;
      return sum;
    };
    expect([product(0, 0), product(0, 1), product(1, 0), product(1, 1)]).toEqual([11, 12, 16, 17]);
  });

  it.each([1, 2, 3])('shuffled by %d are what spaceToDepth takes apart', async (s) => {
    const [c, h, w] = [2, 2, 3];
    const values = Random.of(1, 'planes').normals(c * s * s * h * w);
    const whole = shuffled(values, h, w, s);
    const image = input('image', [1, c, h * s, w * s]);
    const { y } = await runGraph({ y: spaceToDepth(image, s) }, { image: f32(whole, [1, c, h * s, w * s]) });
    expect(y?.data).toEqual(values);
  });
});

describe('checkWindow', () => {
  it.each([
    [{ window: 272 }, frame],
    [{ window: 150 }, frame],
    [{ margin: 8 }, frame],
    [{}, { width: 150, height: 256 }],
  ])('refuses %j', (changes, of) => {
    expect(() => checkWindow('finish.json', { ...sizes, ...changes }, of)).toThrow(
      /^finish.json: crop and margin must be multiples of 16 pixels/,
    );
  });
});
