import type { MovFile } from './movFile.ts';
import type { Colour } from './readFilm.ts';

/** Y, U and V of a colour by the formulas of ITU-T H.273, 8.3, for 8 or 10 bits. */
export function yuv(
  [r, g, b]: Colour,
  matrix: 'bt601' | 'bt709' | 'bt2020',
  full = false,
  bits = 8,
): [number, number, number] {
  const [red, blue] = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] }[
    matrix
  ] as [number, number];
  const y = red * r + (1 - red - blue) * g + blue * b;
  const [pb, pr] = [(b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))];
  const step = 2 ** (bits - 8);
  const scale = (limited: number, zero: number, v: number): number =>
    full
      ? Math.round(((2 ** bits - 1) * v) / 255 + (zero === 16 ? 0 : 128 * step))
      : Math.round(step * ((limited * v) / 255 + zero));
  return [scale(219, 16, y), scale(224, 128, pb), scale(224, 128, pr)];
}

/** A frame of one colour in planar YUV 4:2:0. */
export function flat(width: number, height: number, [y, u, v]: readonly number[]): Buffer {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  return Buffer.concat([Buffer.alloc(width * height, y), Buffer.alloc(chroma, u), Buffer.alloc(chroma, v)]);
}

/** Five frames, told apart by their grey. */
export const greys: readonly number[] = [40, 80, 120, 160, 200];
export function greyFilm(width = 16, height = 12): MovFile {
  return {
    width,
    height,
    codec: 'I420',
    frames: greys.map((v) => flat(width, height, yuv([v, v, v], 'bt601'))),
  };
}

export const palette: readonly Colour[] = [
  [200, 40, 60],
  [30, 180, 70],
  [50, 60, 220],
  [128, 128, 128],
];

/** YUV 4:2:2 of 10 bits, six pixels in four words of 32 bits, rows of 128 bytes. */
export function v210(width: number, height: number, [y, u, v]: readonly [number, number, number]): Buffer {
  const row = Buffer.alloc(Math.ceil(width / 48) * 128);
  const words = [
    u | (y << 10) | (v << 20),
    y | (u << 10) | (y << 20),
    v | (y << 10) | (u << 20),
    y | (v << 10) | (y << 20),
  ];
  for (let i = 0; i < row.length / 4; i++) row.writeUInt32LE(words[i % 4]! >>> 0, 4 * i);
  return Buffer.concat(Array.from({ length: height }, () => row));
}
