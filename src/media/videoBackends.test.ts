import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MovFile, writeMov } from '../testing/movFile.ts';
import { type VideoBackendName, videoBackend } from './video.ts';
import type { Rational } from './videoBackend.ts';
import { VideoError } from './videoError.ts';
import { openVideo, readVideo, type VideoFrame } from './videoSource.ts';

/** The same films through both backends: each has to give the right frames, and both the same to the bit. */

const names: readonly VideoBackendName[] = ['node-av', 'ffmpeg'];
const available = new Set<VideoBackendName>();
for (const name of names) {
  await videoBackend(name).then(
    () => available.add(name),
    (error: Error) => console.warn(`video backends: nothing is tested with ${name}, since ${error.message}`),
  );
}
const program = process.env.FFMPEG || 'ffmpeg';
if (!available.has('ffmpeg'))
  console.warn('video backends: films that the program ffmpeg makes are not tested');

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'backends-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

type Colour = readonly [number, number, number];

/** What came of reading a film: frames, and the error that ended it. */
interface Reading {
  readonly frames: readonly VideoFrame[];
  readonly error: string | undefined;
}

async function read(path: string, backend: VideoBackendName): Promise<Reading> {
  const frames: VideoFrame[] = [];
  try {
    for await (const frame of readVideo(path, backend)) frames.push(frame);
  } catch (error) {
    expect(error).toBeInstanceOf(VideoError);
    return { frames, error: (error as VideoError).message.replaceAll(`${dir}/`, '') };
  }
  return { frames, error: undefined };
}

const seconds = ({ num, den }: Rational): number => num / den;
const pixel = ({ width, data }: VideoFrame, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const centre = (frame: VideoFrame): number[] => pixel(frame, frame.width >> 1, frame.height >> 1);

function expectNear(got: readonly number[], expected: readonly number[], tolerance: number): void {
  const far = got.some((v, i) => Math.abs(v - expected[i]!) > tolerance);
  if (far) expect(got).toEqual(expected);
}

/** Y, U and V of a colour by the formulas of ITU-T H.273, 8.3, for 8 or 10 bits. */
function yuv(
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
function flat(width: number, height: number, [y, u, v]: readonly number[]): Buffer {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  return Buffer.concat([Buffer.alloc(width * height, y), Buffer.alloc(chroma, u), Buffer.alloc(chroma, v)]);
}

/** Five frames, told apart by their grey. */
const greys = [40, 80, 120, 160, 200];
function greyFilm(width = 16, height = 12): MovFile {
  return {
    width,
    height,
    codec: 'I420',
    frames: greys.map((v) => flat(width, height, yuv([v, v, v], 'bt601'))),
  };
}

/** A film and what is in it. */
interface Case {
  readonly name: string;
  readonly make: (path: string) => Promise<void>;
  /** Ending of the file's name. Default: mov. */
  readonly ending?: string;
  /** Made by the program ffmpeg. */
  readonly byProgram?: boolean;
  readonly size: readonly [number, number];
  /** Seconds from the first frame on. */
  readonly times: readonly number[];
  /** Colours of the frames' centres. */
  readonly colours?: readonly Colour[];
  /** Levels that they may be off. Default: 2, by the rounding of 8 bits of YUV. */
  readonly tolerance?: number;
  readonly check?: (frames: readonly VideoFrame[]) => void;
}

const twelfths = (...ticks: number[]): number[] => ticks.map((t) => t / 12);
const grey = (...list: number[]): Colour[] => list.map((v) => [v, v, v]);
const palette: readonly Colour[] = [
  [200, 40, 60],
  [30, 180, 70],
  [50, 60, 220],
  [128, 128, 128],
];

/** The four colours as four frames with a matrix, range and tag. */
function coloured(
  name: string,
  matrix: 'bt601' | 'bt709' | 'bt2020',
  tag?: number,
  full = false,
  size = [16, 12],
): Case {
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

/** Bright upper left corner, by the eight matrices that containers write; where it lies when upright. */
const turns: readonly [string, MovFile['turn'], 'x' | 'y' | 'xy' | '', boolean][] = [
  ['as stored', [1, 0, 0, 1], '', false],
  ['mirrored left to right', [-1, 0, 0, 1], 'x', false],
  ['turned by 180 degrees', [-1, 0, 0, -1], 'xy', false],
  ['mirrored top to bottom', [1, 0, 0, -1], 'y', false],
  ['transposed', [0, 1, 1, 0], '', true],
  ['turned clockwise', [0, 1, -1, 0], 'x', true],
  ['transposed the other way', [0, -1, -1, 0], 'xy', true],
  ['turned counter-clockwise', [0, -1, 1, 0], 'y', true],
];

function turned([name, turn, corner, transposed]: (typeof turns)[number]): Case {
  const [width, height] = [16, 12];
  const luma = Buffer.alloc(width * height, 40);
  for (let y = 0; y < 4; y++) luma.fill(200, y * width, y * width + 8);
  const frame = Buffer.concat([luma, Buffer.alloc((width * height) / 2, 128)]);
  const [w, h] = transposed ? [height, width] : [width, height];
  return {
    name: `a film ${name}`,
    make: (path) => writeMov(path, { width, height, codec: 'I420', frames: [frame], turn: turn! }),
    size: [w, h],
    times: [0],
    check: ([image]) => {
      const bright = [0, w - 1].flatMap((x) =>
        [0, h - 1].filter((y) => pixel(image!, x, y)[0]! > 150).map((y) => [x, y]),
      );
      expect(bright).toEqual([[corner.includes('x') ? w - 1 : 0, corner.includes('y') ? h - 1 : 0]]);
      const along =
        pixel(image!, corner.includes('x') ? w - 6 : 5, corner.includes('y') ? h - 1 : 0)[0]! > 150;
      expect(along).toBe(!transposed); // the bright part is wider than high
    },
  };
}

/** Four pixels' worth of PNG frames in a QuickTime file: alpha and 16 bits. */
async function pngFrames(alpha: number, space: 'srgb' | 'rgb16'): Promise<Buffer> {
  const background = { r: 255, g: 0, b: 0, alpha };
  return sharp({ create: { width: 16, height: 12, channels: 4, background } })
    .toColourspace(space)
    .png()
    .toBuffer();
}

/** YUV 4:2:2 of 10 bits, six pixels in four words of 32 bits, rows of 128 bytes. */
function v210(width: number, height: number, [y, u, v]: readonly [number, number, number]): Buffer {
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

/** Encodes grey frames, or filters from them, with the program. */
async function encode(path: string, ...options: string[]): Promise<void> {
  const source = `${path}.source.mov`;
  await writeMov(source, greyFilm(64, 48));
  await promisify(execFile)(program, ['-v', 'error', '-nostdin', '-y', '-i', source, ...options, path]);
}

const lossless = ['-c:v', 'libx264', '-qp', '0', '-pix_fmt', 'yuv420p'];
const fifths = (count: number): number[] => Array.from({ length: count }, (_, i) => i / 5);

const cases: readonly Case[] = [
  {
    name: 'a constant rate',
    make: (path) => writeMov(path, greyFilm()),
    size: [16, 12],
    times: twelfths(0, 1, 2, 3, 4),
    colours: grey(...greys),
  },
  {
    name: 'a variable rate: frames are neither repeated nor left out',
    make: (path) =>
      writeMov(path, { ...greyFilm(), timescale: 24000, durations: [1001, 5005, 1001, 24024, 1001] }),
    size: [16, 12],
    times: [0, 1001 / 24000, 6006 / 24000, 7007 / 24000, 31031 / 24000],
    colours: grey(...greys),
  },
  {
    name: 'a film that an edit list cuts at both ends',
    make: (path) => writeMov(path, { ...greyFilm(), edit: { start: 1, duration: 3 } }),
    size: [16, 12],
    times: twelfths(0, 1, 2),
    colours: grey(80, 120, 160),
  },
  ...turns.map(turned),
  {
    name: 'pixels that are wider than high',
    make: (path) => writeMov(path, { ...greyFilm(), pixelAspect: [4, 3] }),
    size: [21, 12],
    times: twelfths(0, 1, 2, 3, 4),
    colours: grey(...greys),
  },
  {
    name: 'pixels that are wider than high, turned',
    make: (path) => writeMov(path, { ...greyFilm(), pixelAspect: [4, 3], turn: [0, 1, -1, 0] }),
    size: [12, 21],
    times: twelfths(0, 1, 2, 3, 4),
    colours: grey(...greys),
  },
  coloured('BT.601, tagged as 6', 'bt601', 6),
  coloured('BT.601, tagged as 5', 'bt601', 5),
  coloured('BT.709, tagged', 'bt709', 1),
  coloured('BT.2020, tagged', 'bt2020', 9),
  coloured('BT.601 of full range', 'bt601', 6, true),
  coloured('BT.709 of full range', 'bt709', 1, true),
  coloured('BT.2020 of full range', 'bt2020', 9, true),
  ...([16, 18] as const).map(
    (transfer): Case => ({
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
  {
    name: 'YUYV: 4:2:2, packed',
    make: (path) => {
      const frames = palette.map((colour) => {
        const [y, u, v] = yuv(colour, 'bt709');
        return Buffer.alloc(16 * 12 * 2, Buffer.from([y, u, y, v]));
      });
      return writeMov(path, {
        width: 16,
        height: 12,
        codec: 'yuvs',
        frames,
        colour: { matrix: 1, fullRange: false },
      });
    },
    size: [16, 12],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
  },
  {
    name: 'v210: 4:2:2 of 10 bits',
    make: (path) => {
      const frames = palette.map((colour) => v210(48, 12, yuv(colour, 'bt709', false, 10)));
      return writeMov(path, {
        width: 48,
        height: 12,
        codec: 'v210',
        frames,
        colour: { matrix: 1, fullRange: false },
      });
    },
    size: [48, 12],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
    tolerance: 1,
  },
  ...(['srgb', 'rgb16'] as const).map(
    (space): Case => ({
      name: `transparent parts, on white (${space === 'srgb' ? 8 : 16} bits)`,
      make: async (path) => {
        const frames = [await pngFrames(1, space), await pngFrames(0.2, space), await pngFrames(0, space)];
        await writeMov(path, { width: 16, height: 12, codec: 'png ', frames });
      },
      size: [16, 12],
      times: twelfths(0, 1, 2),
      colours: [
        [255, 0, 0],
        [255, 204, 204],
        [255, 255, 255],
      ],
      tolerance: 1,
    }),
  ),
  {
    name: 'motion JPEG (full range)',
    make: async (path) => {
      const frames = await Promise.all(
        palette.map(([r, g, b]) =>
          sharp({ create: { width: 16, height: 16, channels: 3, background: { r, g, b } } })
            .jpeg({ quality: 98 })
            .toBuffer(),
        ),
      );
      await writeMov(path, { width: 16, height: 16, codec: 'jpeg', frames });
    },
    size: [16, 16],
    times: twelfths(0, 1, 2, 3),
    colours: palette,
  },
  {
    name: 'a file name that FFmpeg could take for a protocol and a pattern',
    ending: 'a:b %d.mov',
    make: (path) => writeMov(path, greyFilm()),
    size: [16, 12],
    times: twelfths(0, 1, 2, 3, 4),
  },
  ...(
    [
      ['H.264 with reordered frames', 'mp4', [...lossless, '-bf', '2']],
      ['H.264 in Matroska', 'mkv', [...lossless]],
      ['H.264 in MPEG-TS', 'ts', [...lossless]],
      ['FFV1 of 10 bits', 'mkv', ['-c:v', 'ffv1', '-pix_fmt', 'yuv420p10le']],
      [
        'FFV1 in RGB',
        'mkv',
        ['-c:v', 'ffv1', '-pix_fmt', 'gbrp', '-sws_flags', 'accurate_rnd+full_chroma_int'],
      ],
      ['FFV1 in grey', 'mkv', ['-c:v', 'ffv1', '-pix_fmt', 'gray']],
      ['raw BGR, bottom up', 'avi', ['-c:v', 'rawvideo', '-pix_fmt', 'bgr24', '-sws_flags', 'accurate_rnd']],
      ['raw NV12', 'nut', ['-c:v', 'rawvideo', '-pix_fmt', 'nv12']],
      ['raw YUV 4:1:0', 'nut', ['-c:v', 'rawvideo', '-pix_fmt', 'yuv410p']],
      [
        'interlaced MPEG-2',
        'mpg',
        ['-c:v', 'mpeg2video', '-q:v', '1', '-flags', '+ilme+ildct', '-r', '25', '-vf', 'setpts=N/25/TB'],
      ],
      [
        'a film beside sound that begins earlier',
        'mp4',
        ['-f', 'lavfi', '-i', 'sine=d=1', '-vf', 'setpts=PTS+0.3/TB', ...lossless],
      ],
    ] as const
  ).map(
    ([name, ending, options]): Case => ({
      name,
      ending: `made.${ending}`,
      byProgram: true,
      make: (path) => encode(path, ...options),
      size: [64, 48],
      times: name.includes('MPEG-2') ? [0, 1, 2, 3, 4].map((t) => t / 25) : twelfths(0, 1, 2, 3, 4),
      colours: grey(...greys),
      tolerance: name.includes('MPEG-2') ? 4 : 2,
    }),
  ),
  {
    name: '24000/1001 frames a second',
    ending: 'made.mp4',
    byProgram: true,
    make: (path) => encode(path, '-vf', 'settb=1001/24000,setpts=N', '-r', '24000/1001', ...lossless),
    size: [64, 48],
    times: [0, 1, 2, 3, 4].map((t) => (t * 1001) / 24000),
    colours: grey(...greys),
  },
  {
    name: 'a film cut without encoding, in the middle of a group',
    ending: 'made.mp4',
    byProgram: true,
    make: async (path) => {
      const whole = `${path}.whole.mp4`;
      await encode(whole, '-vf', 'setpts=N/5/TB', '-r', '5', ...lossless, '-bf', '0', '-g', '100');
      await promisify(execFile)(program, [
        '-v',
        'error',
        '-nostdin',
        '-ss',
        '0.4',
        '-i',
        whole,
        '-c',
        'copy',
        path,
      ]);
    },
    size: [64, 48],
    times: fifths(3),
    colours: grey(120, 160, 200),
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

const canMake = ({ byProgram = false }: { readonly byProgram?: boolean }): boolean =>
  !byProgram || available.has('ffmpeg');
it.skip.each(cases.filter((film) => !canMake(film)))('reads $name', () => undefined);

it.concurrent.each(cases.filter(canMake))('reads $name', async (film) => {
  const { make, ending = 'film.mov', size, times, colours = [], tolerance = 2, check } = film;
  const folder = await mkdtemp(join(dir, 'case-'));
  const path = join(folder, ending);
  await make(path);
  const readings = await Promise.all([...available].map((backend) => read(path, backend)));
  const unit = ending.endsWith('mkv') ? 1e3 : 1e6; // Matroska has whole milliseconds
  for (const { frames, error } of readings) {
    expect(error).toBeUndefined();
    expect([frames[0]!.width, frames[0]!.height]).toEqual(size);
    const rounded = frames.map(({ time }) => Math.round(seconds(time) * unit));
    expect(rounded).toEqual(times.map((t) => Math.round(t * unit)));
    for (const [i, colour] of colours.entries()) expectNear(centre(frames[i]!), colour, tolerance);
    check?.(frames);
  }
  const [first, second] = readings as [Reading, Reading | undefined];
  if (!second) return;
  expect(second.frames.map(({ time }) => time)).toEqual(first.frames.map(({ time }) => time));
  for (const [i, { data }] of second.frames.entries()) {
    expect(Buffer.compare(data, first.frames[i]!.data)).toBe(0);
  }
});

it.each([...available])('%s gives the first frame at or after each multiple of a time', async (backend) => {
  const path = join(dir, `every-${backend}.mov`);
  const frames = Array.from({ length: 25 }, (_, i) => flat(16, 12, yuv([8 * i, 8 * i, 8 * i], 'bt601')));
  await writeMov(path, { width: 16, height: 12, codec: 'I420', frames, timescale: 10 });
  const source = await openVideo(path, backend);
  expect([source.width, source.height]).toEqual([16, 12]);
  const at = async (every?: number): Promise<number[]> => {
    const times: number[] = [];
    for await (const frame of source.frames(every)) {
      times.push(Math.round(seconds(frame.time) * 10));
      expectNear(centre(frame), grey(8 * times.at(-1)!)[0]!, 2);
    }
    return times;
  };
  expect(await at()).toEqual(frames.map((_, i) => i));
  expect(await at(1)).toEqual([0, 10, 20]);
  expect(await at(0.3)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24]);
  expect(await at(0.75)).toEqual([0, 8, 15, 23]);
  await expect(at(-1)).rejects.toThrow('every must be 0 or more seconds, got -1');
});

describe('files that cannot be read', () => {
  const mov = (name: string, film: MovFile) => async (): Promise<string> => {
    await writeMov(join(dir, name), film);
    return name;
  };
  const bytes = (name: string, content: string | Buffer) => async (): Promise<string> => {
    await writeFile(join(dir, name), content);
    return name;
  };
  const cut = (name: string, part: number, make: () => Promise<string>) => async (): Promise<string> => {
    const path = join(dir, await make());
    await truncate(path, Math.floor((await readFile(path)).length * part));
    return name;
  };
  const made =
    (name: string, ...options: string[]) =>
    async (): Promise<string> => {
      await encode(join(dir, name), ...options);
      return name;
    };
  /** Whether the program makes it, the file, what is said. */
  const table: readonly [boolean, () => Promise<string>, RegExp][] = [
    [false, async () => 'none.mp4', /^none\.mp4: cannot be opened; there is no such file, check the path$/],
    [false, async () => '.', /is not a file; give the path of a video file$/],
    [false, bytes('empty.mp4', ''), /^empty\.mp4: is empty; copy it again$/],
    [
      false,
      bytes('text.mp4', 'not a video'),
      /^text\.mp4: is damaged or no video; copy it again, or convert it: ffmpeg -i/,
    ],
    [
      false,
      bytes('noise.mp4', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) % 251))),
      /^noise\.mp4: is damaged or no video/,
    ],
    [
      false,
      cut('short.mov', 0.7, mov('short.mov', greyFilm())),
      /^short\.mov: is cut short by 6\d\d bytes; copy it again$/,
    ],
    [
      false,
      mov('askew.mov', { ...greyFilm(), turn: [0.7, 0.7, -0.7, 0.7] }),
      /^askew\.mov: is to be turned by an angle that is no multiple of 90 degrees, which is not supported; /,
    ],
    [
      false,
      mov('ycgco.mov', { ...greyFilm(), colour: { matrix: 8, fullRange: false } }),
      /^ycgco\.mov: has the colour matrix ycgco, which is not supported; /,
    ],
    [
      false,
      mov('wide.mov', { ...greyFilm(), pixelAspect: [2000, 1] }),
      /^wide\.mov: has frames of 32000 x 12 pixels, expected 1 to 16384 a side; /,
    ],
    [
      false,
      mov('damaged.mov', {
        ...greyFilm(),
        codec: 'png ',
        frames: [Buffer.from('no PNG at all, but forty bytes of text..')],
      }),
      /^damaged\.mov: is damaged, or has a codec that FFmpeg cannot decode; copy it again/,
    ],
    [
      true,
      made('sound.m4a', '-f', 'lavfi', '-i', 'sine=d=0.2', '-map', '1:a', '-c:a', 'aac'),
      /^sound\.m4a: has no video stream, only sound, subtitles or a cover picture; give a film$/,
    ],
    [
      true,
      made(
        'cover.m4a',
        '-f',
        'lavfi',
        '-i',
        'sine=d=0.2',
        '-map',
        '1:a',
        '-map',
        '0:v',
        '-frames:v',
        '1',
        '-c:a',
        'aac',
        '-c:v',
        'mjpeg',
        '-pix_fmt',
        'yuvj420p',
        '-disposition:v',
        'attached_pic',
      ),
      /^cover\.m4a: has no video stream/,
    ],
    [
      true,
      cut('short.mkv', 0.6, made('short.mkv', ...lossless)),
      /^short\.mkv: is cut short by \d+ bytes; copy it again$/,
    ],
    [
      true,
      cut('short.avi', 0.6, made('short.avi', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p')),
      /^short\.avi: is cut short by \d+ bytes; copy it again$/,
    ],
    [true, changingSize, /^changing\.h264: has frames of different sizes, one of them 96 x 64; /],
    [
      true,
      damagedH264,
      /^damaged\.mp4: is a damaged or cut short video; copy it again, or convert it: ffmpeg -i/,
    ],
  ];

  it.concurrent.each(table)('say the same with both (%#)', async (byProgram, make, message) => {
    if (byProgram && !available.has('ffmpeg')) return;
    const name = await make();
    for (const backend of available) expect((await read(join(dir, name), backend)).error).toMatch(message);
  });

  async function changingSize(): Promise<string> {
    await encode(join(dir, 'one.h264'), ...lossless);
    await encode(join(dir, 'two.h264'), '-vf', 'scale=96:64', ...lossless);
    const parts = await Promise.all(['one.h264', 'two.h264'].map((name) => readFile(join(dir, name))));
    await writeFile(join(dir, 'changing.h264'), Buffer.concat(parts));
    return 'changing.h264';
  }

  async function damagedH264(): Promise<string> {
    const path = join(dir, 'damaged.mp4');
    await encode(
      path,
      '-vf',
      'noise=alls=20',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      '-movflags',
      '+faststart',
    );
    const content = await readFile(path);
    content.fill('X', Math.floor(content.length * 0.8), Math.floor(content.length * 0.8) + 200);
    await writeFile(path, content);
    return 'damaged.mp4';
  }
});
