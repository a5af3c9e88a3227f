import { writeFile } from 'node:fs/promises';

/** A film for tests, written without FFmpeg, so that every sample and every field of its container is known. */
export interface MovFile {
  readonly width: number;
  readonly height: number;
  /** QuickTime's code: `I420` (planar YUV 4:2:0), `yuvs` (YUYV), `v210` (10 bits, 4:2:2), `png `, `jpeg`. */
  readonly codec: string;
  /** The coded frames in the order in which they are shown. */
  readonly frames: readonly Uint8Array[];
  /** Ticks a second. Default: 12. */
  readonly timescale?: number;
  /** Ticks that each frame is shown. Default: one each. */
  readonly durations?: readonly number[];
  /** The display matrix's a, b, c, d. Default: upright. */
  readonly turn?: readonly [number, number, number, number];
  /** Shows `duration` ticks from `start` on. Default: all. */
  readonly edit?: { readonly start: number; readonly duration: number };
  /** Numbers of ITU-T H.273; `primaries` and `transfer` are 2 (unspecified) by default. */
  readonly colour?: {
    readonly matrix: number;
    readonly fullRange: boolean;
    readonly primaries?: number;
    readonly transfer?: number;
  };
  /** Sides of a pixel, x to y. */
  readonly pixelAspect?: readonly [number, number];
}

const box = (type: string, ...parts: Uint8Array[]): Buffer => {
  const data = Buffer.concat(parts);
  return Buffer.concat([u32(data.length + 8), Buffer.from(type, 'latin1'), data]);
};
const u32 = (...values: number[]): Buffer => {
  const out = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) out.writeInt32BE(value | 0, 4 * i);
  return out;
};
const u16 = (...values: number[]): Buffer => {
  const out = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt16BE(value, 2 * i);
  return out;
};
const fixed = (value: number): number => Math.round(value * 65536);

/** Writes the film with its index in front (QuickTime File Format). */
export async function writeMov(path: string, film: MovFile): Promise<void> {
  const head = box('ftyp', Buffer.from('qt  \0\0\0\0qt  ', 'latin1'));
  const length = index(film, 0).length;
  const moov = index(film, head.length + length + 8);
  await writeFile(path, Buffer.concat([head, moov, box('mdat', ...film.frames)]));
}

function index(film: MovFile, firstByte: number): Buffer {
  const { width, height, frames, timescale = 12, edit } = film;
  const durations = film.durations ?? frames.map(() => 1);
  const whole = durations.reduce((sum, ticks) => sum + ticks, 0);
  const [a, b, c, d] = film.turn ?? [1, 0, 0, 1];
  const one = 1 << 30;
  const matrix = (...abcd: number[]): Buffer => u32(abcd[0]!, abcd[1]!, 0, abcd[2]!, abcd[3]!, 0, 0, 0, one);
  const upright = matrix(65536, 0, 0, 65536);
  const turned = matrix(fixed(a), fixed(b), fixed(c), fixed(d));
  const shown = edit?.duration ?? whole;
  return box(
    'moov',
    box(
      'mvhd',
      u32(0, 0, 0, timescale, shown, 65536),
      u16(256),
      Buffer.alloc(10),
      upright,
      Buffer.alloc(24),
      u32(2),
    ),
    box(
      'trak',
      box('tkhd', u32(3, 0, 0, 1, 0, shown, 0, 0, 0, 0), turned, u32(width << 16, height << 16)),
      box('edts', box('elst', u32(0, 1, shown, edit?.start ?? 0, 65536))),
      box(
        'mdia',
        box('mdhd', u32(0, 0, 0, timescale, whole), u16(0x55c4, 0)),
        box('hdlr', u32(0), Buffer.from('mhlrvide', 'latin1'), Buffer.alloc(13)),
        box(
          'minf',
          box('vmhd', u32(1), Buffer.alloc(8)),
          box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))),
          box('stbl', ...tables(film, durations, firstByte)),
        ),
      ),
    ),
  );
}

function tables(film: MovFile, durations: readonly number[], firstByte: number): Buffer[] {
  const { width, height, codec, frames, colour, pixelAspect } = film;
  const details = [
    ...(pixelAspect ? [box('pasp', u32(...pixelAspect))] : []),
    ...(colour
      ? [
          box(
            'colr',
            Buffer.from('nclx'),
            u16(colour.primaries ?? 2, colour.transfer ?? 2, colour.matrix),
            Buffer.from([colour.fullRange ? 0x80 : 0]),
          ),
        ]
      : []),
  ];
  const entry = box(
    codec,
    ...[Buffer.alloc(6), u16(1, 0, 0), Buffer.alloc(12), u16(width, height), u32(72 << 16, 72 << 16, 0)],
    ...[u16(1), Buffer.alloc(32), u16(24, 0xffff), ...details],
  );
  const sizes = frames.map(({ length }) => length);
  return [
    box('stsd', u32(0, 1), entry),
    box('stts', u32(0, durations.length), ...durations.map((ticks) => u32(1, ticks))),
    box('stsc', u32(0, 1, 1, frames.length, 1)),
    box('stsz', u32(0, 0, frames.length, ...sizes)),
    box('stco', u32(0, 1, firstByte)),
  ];
}
