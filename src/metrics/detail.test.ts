import { describe, expect, it } from 'vitest';
import { meanAbsoluteLaplacian } from './detail.ts';
import { type Grey, greyOf } from './grey.ts';
import { periodEnergy, periodPeak } from './periodicity.ts';
import { relativeSharpness, sharpnessOf } from './sharpness.ts';
import { structuralSimilarity } from './ssim.ts';

const grey = (width: number, height: number, f: (x: number, y: number) => number): Grey => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => f(i % width, Math.floor(i / width))),
});

describe('greyOf', () => {
  it('weighs red, green and blue', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30);
    const { data: levels } = greyOf({ width: 4, height: 1, data });
    [76.245, 149.685, 29.07, 18.15].forEach((v, i) => {
      expect(levels[i]).toBeCloseTo(v, 4);
    });
  });

  it('refuses bytes that are no picture of its size', () => {
    expect(() => greyOf({ width: 2, height: 2, data: new Uint8Array(13) })).toThrow(/2x2x3 bytes, got 13/);
  });
});

describe('meanAbsoluteLaplacian', () => {
  it('is nothing where levels rise evenly', () => {
    expect(meanAbsoluteLaplacian(grey(7, 5, (x, y) => 3 * x + 2 * y))).toBeCloseTo(0, 5);
  });

  it('of a single point, and of a chequerboard', () => {
    // 3 x 3 inner pixels: 4 x 10 at the point, 10 at each of its four neighbours
    expect(meanAbsoluteLaplacian(grey(5, 5, (x, y) => (x === 2 && y === 2 ? 10 : 0)))).toBeCloseTo(80 / 9, 5);
    expect(meanAbsoluteLaplacian(grey(6, 4, (x, y) => ((x + y) % 2) * 2))).toBeCloseTo(8, 5);
  });

  it('refuses a line', () => {
    expect(() => meanAbsoluteLaplacian(grey(9, 2, () => 0))).toThrow(/3 rows and columns, got 9x2/);
  });
});

describe('structuralSimilarity', () => {
  const a = grey(24, 16, (x, y) => 128 + 60 * Math.sin(x / 2) * Math.cos(y / 3));

  it('is 1 for equal pictures', () => {
    expect(structuralSimilarity(a, a)).toBeCloseTo(1, 9);
  });

  it('of two even pictures follows from their levels alone', () => {
    const [c1, x, y] = [(0.01 * 255) ** 2, 100, 140];
    const expected = (2 * x * y + c1) / (x * x + y * y + c1);
    expect(
      structuralSimilarity(
        grey(12, 11, () => x),
        grey(12, 11, () => y),
      ),
    ).toBeCloseTo(expected, 9);
  });

  it('equals the formula at the one place of an 11 x 11 window', () => {
    const b = grey(11, 11, (x, y) => 90 + 5 * x - 3 * y);
    const c = grey(11, 11, (x, y) => 100 + 4 * x * (y > 5 ? 1 : 0));
    const weight = (i: number): number => Math.exp(-((i - 5) ** 2) / 4.5);
    let [total, mb, mc, bb, cc, bc] = [0, 0, 0, 0, 0, 0];
    for (let y = 0; y < 11; y++) {
      for (let x = 0; x < 11; x++) {
        const [w, p, q] = [weight(x) * weight(y), b.data[y * 11 + x]!, c.data[y * 11 + x]!];
        total += w;
        mb += w * p;
        mc += w * q;
        bb += w * p * p;
        cc += w * q * q;
        bc += w * p * q;
      }
    }
    [mb, mc, bb, cc, bc] = [mb / total, mc / total, bb / total, cc / total, bc / total];
    const [c1, c2] = [2.55 ** 2, 7.65 ** 2];
    const expected =
      ((2 * mb * mc + c1) * (2 * (bc - mb * mc) + c2)) /
      ((mb * mb + mc * mc + c1) * (bb - mb * mb + cc - mc * mc + c2));
    expect(structuralSimilarity(b, c)).toBeCloseTo(expected, 6);
    expect(expected).toBeLessThan(0.5);
  });

  it('falls with blur, and refuses other sizes', () => {
    const soft = grey(24, 16, (x, y) => 128 + 20 * Math.sin(x / 2) * Math.cos(y / 3));
    expect(structuralSimilarity(a, soft)).toBeLessThan(0.7);
    expect(() =>
      structuralSimilarity(
        a,
        grey(16, 24, () => 0),
      ),
    ).toThrow(/24x16 and 16x24/);
    const small = grey(10, 40, () => 0);
    expect(() => structuralSimilarity(small, small)).toThrow(/11 pixels a side, got 10x40/);
  });
});

describe('periodEnergy', () => {
  it.each([4, 8])('of a sine of period %d along the rows is half of its squared amplitude', (period) => {
    const picture = grey(96, 40, (x) => 100 + 6 * Math.sin((2 * Math.PI * x) / period + 0.7));
    expect(periodEnergy(picture, period)).toBeCloseTo(18, 4);
    expect(periodEnergy(picture, period === 4 ? 8 : 4)).toBeLessThan(0.01);
  });

  it('sees columns as it sees rows, and neither an even picture nor its level', () => {
    const across = grey(64, 64, (x) => 9 * Math.cos((Math.PI * x) / 2));
    const down = grey(64, 64, (_, y) => 9 * Math.cos((Math.PI * y) / 2));
    expect(periodEnergy(down, 4)).toBeCloseTo(periodEnergy(across, 4), 6);
    expect(
      periodEnergy(
        grey(40, 40, () => 200),
        4,
      ),
    ).toBeCloseTo(0, 6);
  });

  it('stands out where dots lie over a picture', () => {
    const edge = (x: number): number => (x < 41 ? 40 : 190); // the spectrum of an edge falls evenly
    const clean = grey(96, 64, edge);
    const dotted = grey(96, 64, (x, y) => edge(x) + (x % 4 === 0 && y % 4 === 0 ? 8 : 0));
    const peak = (picture: Grey): number => periodPeak((period) => periodEnergy(picture, period), 4);
    expect(peak(clean)).toBeLessThan(1.2);
    expect(peak(dotted)).toBeGreaterThan(1.2 * peak(clean));
    expect(periodEnergy(dotted, 4)).toBeGreaterThan(1.1 * periodEnergy(clean, 4));
  });

  it('refuses what it cannot see', () => {
    expect(() =>
      periodEnergy(
        grey(64, 31, () => 0),
        4,
      ),
    ).toThrow(/32 pixels a side, got 64x31/);
    expect(() =>
      periodEnergy(
        grey(64, 64, () => 0),
        1,
      ),
    ).toThrow(/period of 2 to 32 pixels, got 1/);
  });
});

describe('relativeSharpness', () => {
  const noise = (x: number, y: number): number => ((x * 7919 + y * 104729 + x * y * 31) % 97) - 48;
  const truth = [0, 50].map((shift) => sharpnessOf(grey(64, 48, (x, y) => 128 + noise(x + shift, y))));

  it('is 1 for the true pictures themselves', () => {
    const { detail, dots, peak } = relativeSharpness(truth, truth);
    for (const value of [detail, dots, peak]) expect(value).toBeCloseTo(1, 12);
  });

  it('of half the contrast is half the detail, a quarter of the energy, and no other peak', () => {
    const soft = [0, 50].map((shift) => sharpnessOf(grey(64, 48, (x, y) => 128 + noise(x + shift, y) / 2)));
    const { detail, dots, peak } = relativeSharpness(soft, truth);
    expect(detail).toBeCloseTo(0.5, 6);
    expect(dots).toBeCloseTo(0.25, 6);
    expect(peak).toBeCloseTo(1, 6);
  });

  it.each([4, 8])('sees dots of period %d in one of many soft pictures', (period) => {
    const dot = (x: number, y: number): number => (x % period === 0 && y % period === 0 ? 60 : 0);
    const pictures = [0, 1].map((i) =>
      sharpnessOf(grey(64, 48, (x, y) => 128 + noise(x + 50 * i, y) / 2 + (i === 0 ? dot(x, y) : 0))),
    );
    expect(relativeSharpness(pictures, truth).peak).toBeGreaterThan(1.1);
  });

  it('needs pictures', () => {
    expect(() => relativeSharpness([], truth)).toThrow(/got 0 pictures and 2 true ones/);
  });
});
