import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropWindow, type FramedFace } from './cropWindow.ts';

const wide = { width: 448, height: 256 };
const vertical = { width: 720, height: 1280 };
const face = (left: number, name: string, size = 0.1): FramedFace => ({
  box: [left, 0.3, left + size, 0.5],
  name,
});

describe('a crop', () => {
  it('is the largest window of its shape, in the middle where nobody is', () => {
    expect(cropWindow(wide, vertical, [])).toEqual({ left: 152, top: 0, width: 144, height: 256, lost: [] });
    expect(cropWindow(wide, { width: 1, height: 1 }, [])).toMatchObject({
      left: 96,
      width: 256,
      height: 256,
    });
    expect(cropWindow(wide, { width: 1280, height: 720 }, [])).toMatchObject({
      top: 2,
      width: 448,
      height: 252,
    });
    expect(cropWindow(wide, wide, [face(0, 'mara')])).toEqual({ left: 0, top: 0, ...wide, lost: [] });
  });

  it('goes to where the faces are, and says who is lost', () => {
    expect(cropWindow(wide, vertical, [face(0.8, 'mara')])).toMatchObject({ left: 304, lost: [] });
    const two = [face(0.1, 'mara'), face(0.25, 'tom')];
    expect(cropWindow(wide, vertical, two).lost).toEqual([]);
    const apart = [face(0.05, 'mara'), face(0.8, 'tom', 0.15)];
    const found = cropWindow(wide, vertical, apart);
    expect([found.left > 250, found.lost]).toEqual([true, ['mara']]); // the larger one stays
  });

  it('lies in the picture, has its shape, and loses nobody who fits with all others', () => {
    const side = fc.integer({ min: 16, max: 2000 });
    const size = fc.record({ width: side, height: side });
    const boxes = fc.array(fc.tuple(fc.nat(90), fc.nat(90)), { maxLength: 6 });
    fc.assert(
      fc.property(size, size, boxes, (picture, shape, places) => {
        const faces = places.map(([x, y], i) => ({
          box: [x / 100, y / 100, (x + 5) / 100, (y + 5) / 100] as const,
          name: `${i}`,
        }));
        const { left, top, width, height, lost } = cropWindow(picture, shape, faces);
        expect([left >= 0, top >= 0, left + width <= picture.width, top + height <= picture.height]).toEqual(
          Array(4).fill(true),
        );
        expect(width === picture.width || height === picture.height).toBe(true);
        expect(Math.abs(width * shape.height - height * shape.width)).toBeLessThanOrEqual(
          Math.max(shape.width, shape.height),
        );
        const span = (a: number, b: number): number =>
          Math.max(...faces.map(({ box }) => box[b]!)) - Math.min(...faces.map(({ box }) => box[a]!));
        const fits =
          (span(0, 2) + 0.04) * picture.width < width && (span(1, 3) + 0.04) * picture.height < height;
        if (faces.length > 0 && fits) expect(lost).toEqual([]);
      }),
    );
  });
});
