import { describe, expect, it } from 'vitest';
import { TileBlend, tileSpans } from './tiles.ts';

describe('tileSpans', () => {
  it('covers everything with tiles of one size that overlap', () => {
    expect(tileSpans(10, 16)).toEqual([{ start: 0, size: 10 }]);
    for (const [size, tile] of [
      [17, 16],
      [64, 32],
      [112, 64],
      [100, 24],
    ] as const) {
      const spans = tileSpans(size, tile);
      expect(spans[0]?.start).toBe(0);
      expect(spans.at(-1)).toEqual({ start: size - tile, size: tile });
      spans.slice(1).forEach((span, i) => {
        const overlap = (spans[i]?.start ?? 0) + tile - span.start;
        expect(overlap).toBeGreaterThanOrEqual(Math.floor(tile / 4));
      });
    }
  });
});

describe('TileBlend', () => {
  it('gives back a picture that was cut into tiles', () => {
    const [height, width, scale] = [20, 12, 2];
    const value = (c: number, y: number, x: number): number => c * 1000 + y * 30 + x;
    const blend = new TileBlend(2, height, width, scale);
    for (const rows of tileSpans(height, 8)) {
      for (const columns of tileSpans(width, 8)) {
        const tile = new Float32Array(2 * 16 * 16);
        for (let c = 0; c < 2; c++)
          for (let y = 0; y < 16; y++)
            for (let x = 0; x < 16; x++)
              tile[(c * 16 + y) * 16 + x] = value(c, rows.start * scale + y, columns.start * scale + x);
        blend.add(tile, rows, columns);
      }
    }
    const result = blend.result();
    for (const [c, y, x] of [
      [0, 0, 0],
      [1, 39, 23],
      [0, 17, 11],
      [1, 8, 20],
    ] as const)
      expect(result[(c * 40 + y) * 24 + x]).toBeCloseTo(value(c, y, x), 3);
  });
});
