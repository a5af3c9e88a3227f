import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode, lossless } from '../testing/films/encode.ts';
import { type MovFile, writeMov } from '../testing/films/movFile.ts';
import { read, workingBackends } from '../testing/films/readFilm.ts';
import { greyFilm } from '../testing/films/samples.ts';

const available = await workingBackends();

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videos-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

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
    for (const backend of available)
      expect((await read(join(dir, name), backend, dir)).error).toMatch(message);
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
