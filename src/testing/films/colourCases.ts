import { expect } from 'vitest';
import { type FilmCase, grey, twelfths } from './filmCase.ts';
import { type MovFile, writeMov } from './movFile.ts';
import { flat, palette, yuv } from './samples.ts';

/** The four colours as four frames with a matrix, range and tag. */
function coloured(
  name: string,
  matrix: 'bt601' | 'bt709' | 'bt2020',
  tag?: number,
  full = false,
  size = [16, 12],
): FilmCase {
  const [width, height] = size as [number, number];
  const film: MovFile = {
    width,
    height,
    codec: 'I420',
    frames: palette.map((colour) => flat(width, height, yuv(colour, matrix, full))),
    ...(tag === undefined ? {} : { colour: { matrix: tag, fullRange: full } }),
  };
  return {
    name,
    make: (path) => writeMov(path, film),
    size: [width, height],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
  };
}

/** Matrices, ranges and sizes of YUV, tagged and untagged. */
export const colourCases: readonly FilmCase[] = [
  coloured('BT.601, tagged as 6', 'bt601', 6),
  coloured('BT.601, tagged as 5', 'bt601', 5),
  coloured('BT.709, tagged', 'bt709', 1),
  coloured('BT.2020, tagged', 'bt2020', 9),
  coloured('BT.601 of full range', 'bt601', 6, true),
  coloured('BT.709 of full range', 'bt709', 1, true),
  coloured('BT.2020 of full range', 'bt2020', 9, true),
  ...([16, 18] as const).map(
    (transfer): FilmCase => ({
      name: `HDR by ${transfer === 16 ? 'PQ' : 'HLG'}: its reference white`,
      make: (path) => {
        const v = transfer === 16 ? 148 : 191;
        const colour = { matrix: 9, primaries: 9, transfer, fullRange: true };
        return writeMov(path, {
          width: 16,
          height: 12,
          codec: 'I420',
          frames: [flat(16, 12, [v, 128, 128])],
          colour,
        });
      },
      size: [16, 12],
      times: [0],
      colours: grey(175),
      tolerance: 1,
    }),
  ),
  coloured('an untagged small film: BT.601', 'bt601'),
  coloured('an untagged film of 576 rows: BT.601', 'bt601', undefined, false, [16, 576]),
  coloured('an untagged film of 720 rows: BT.709', 'bt709', undefined, false, [16, 720]),
  coloured('an untagged film of 1280 columns: BT.709', 'bt709', undefined, false, [1280, 16]),
  coloured('a small film tagged as BT.709', 'bt709', 1, false, [32, 24]),
  coloured('odd sizes', 'bt601', undefined, false, [17, 13]),
  coloured('one pixel', 'bt601', undefined, false, [1, 1]),
  {
    name: 'chroma between its samples',
    make: (path) => writeMov(path, { width: 7, height: 5, codec: 'I420', frames: [ramp(7, 5)] }),
    size: [7, 5],
    times: [0],
    check: ([image]) => expect([...image!.data]).toEqual(interpolated(7, 5, ramp(7, 5))),
  },
];

/** Luma and chroma that differ from sample to sample. */
function ramp(width: number, height: number): Buffer {
  const luma = Buffer.from(Array.from({ length: width * height }, (_, i) => 60 + ((i * 37) % 120)));
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const plane = (step: number): Buffer =>
    Buffer.from(Array.from({ length: chroma }, (_, i) => 90 + ((i * step) % 70)));
  return Buffer.concat([luma, plane(23), plane(41)]);
}

/** BT.601 pixel by pixel: chroma samples lie on every second column and half a row below every second row. */
function interpolated(width: number, height: number, data: Buffer): number[] {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const sample = (plane: number, x: number, y: number): number =>
    data[width * height + plane * w * h + Math.min(h - 1, Math.max(0, y)) * w + Math.min(w - 1, x)]!;
  const chroma = (plane: number, x: number, y: number): number => {
    const [left, right] = [x >> 1, (x + 1) >> 1];
    const [near, far] = [y >> 1, (y >> 1) + (y % 2 ? 1 : -1)];
    const at = (row: number): number => (sample(plane, left, row) + sample(plane, right, row)) / 2;
    return 0.75 * at(near) + 0.25 * at(far) - 128;
  };
  return Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const luma = (data[i]! - 16) * (255 / 219);
    const [cb, cr] = [chroma(0, x, y) * (255 / 224), chroma(1, x, y) * (255 / 224)];
    return [
      luma + 1.402 * cr,
      luma - ((0.114 * 1.772) / 0.587) * cb - ((0.299 * 1.402) / 0.587) * cr,
      luma + 1.772 * cb,
    ];
  })
    .flat()
    .map((v) => Math.min(255, Math.max(0, Math.round(v))));
}
