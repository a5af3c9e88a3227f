import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchSizes, planBatches } from './batches.ts';
import { TileBlend, tileSpans } from './tiles.ts';

const spans = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 8, max: 64 }));

describe('tileSpans', () => {
  it('covers every place, within the picture, overlapping by a quarter of a tile', () => {
    fc.assert(
      fc.property(spans, ([size, tile]) => {
        const all = tileSpans(size, tile);
        expect(all[0]?.start).toBe(0);
        expect((all.at(-1)?.start ?? 0) + (all.at(-1)?.size ?? 0)).toBe(size);
        for (const [i, { start, size: length }] of all.entries()) {
          expect(length).toBe(Math.min(tile, size));
          const next = all[i + 1];
          if (next) expect(start + length - next.start).toBeGreaterThanOrEqual(Math.floor(tile * 0.25));
        }
      }),
    );
  });

  it('blends tiles of a constant picture to that constant', () => {
    fc.assert(
      fc.property(spans, spans, fc.constantFrom(1, 2), ([height, tileHeight], [width, tileWidth], scale) => {
        const [h, w] = [Math.min(height, 40), Math.min(width, 40)];
        const blend = new TileBlend(1, h, w, scale);
        for (const rows of tileSpans(h, tileHeight))
          for (const columns of tileSpans(w, tileWidth))
            blend.add(new Float32Array(rows.size * columns.size * scale ** 2).fill(0.25), rows, columns);
        const result = blend.result();
        expect(result).toHaveLength(h * w * scale ** 2);
        for (const value of result) expect(value).toBeCloseTo(0.25, 5);
      }),
      { numRuns: 30 },
    );
  });
});

describe('planBatches', () => {
  it('takes every row once, in order, in compiled sizes that are at least half full', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), (n) => {
        const plan = planBatches(n);
        expect(plan.map(({ from }) => from)).toEqual([0, ...plan.map(({ to }) => to)].slice(0, plan.length));
        expect(plan.at(-1)?.to ?? 0).toBe(n);
        for (const { from, to, size } of plan) {
          expect(batchSizes).toContain(size);
          expect(to - from).toBeLessThanOrEqual(size);
          expect((to - from) * 2).toBeGreaterThanOrEqual(size);
        }
      }),
    );
  });
});
