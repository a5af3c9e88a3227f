import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMov } from '../testing/films/movFile.ts';
import { workingBackends } from '../testing/films/readFilm.ts';
import { concatVideos } from './concatVideos.ts';
import { type Image, newImage } from './image.ts';
import { readMp4Track } from './mp4Track.ts';
import { frameConverter } from './rawFrame.ts';
import { type VideoBackendName, VideoWriter } from './video.ts';
import { readVideo } from './videoSource.ts';
import { toYuv, type YuvFrame } from './yuv.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'video-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A soft picture that moves with `t`, in saturated colours. */
function frame(t: number, width = 64, height = 48): Image {
  const image = newImage(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = (k: number): number => 127 + 110 * Math.sin((x + y * k + t * 2) / 12 + k * 2);
      image.data.set([wave(0), wave(1), wave(2)].map(Math.round), (y * width + x) * 3);
    }
  }
  return image;
}

function meanDifference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((sum, v, i) => sum + Math.abs(v - b.data[i]!), 0) / a.data.length;
}

/** Back to RGB, as a file that we wrote is read. */
function fromYuv({ width, height, data }: YuvFrame): Image {
  return frameConverter({ width, height, format: 'yuv420p', matrix: 'bt709' })(data);
}

async function frames(path: string, backend: VideoBackendName): Promise<Image[]> {
  const list: Image[] = [];
  for await (const image of readVideo(path, backend)) list.push(image);
  return list;
}

describe('yuv', () => {
  it('gives back primary colours to the rounding', () => {
    for (const colour of [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
      [0, 0, 0],
      [200, 120, 40],
    ] as const) {
      const image = newImage(4, 4, colour);
      const back = fromYuv(toYuv(image));
      for (const [i, v] of back.data.entries()) expect(Math.abs(v - image.data[i]!)).toBeLessThanOrEqual(2);
    }
  });

  it('knows white, black and red in BT.709 limited range', () => {
    expect([...toYuv(newImage(2, 2, [255, 255, 255])).data]).toEqual([235, 235, 235, 235, 128, 128]);
    expect([...toYuv(newImage(2, 2, [0, 0, 0])).data]).toEqual([16, 16, 16, 16, 128, 128]);
    expect([...toYuv(newImage(2, 2, [255, 0, 0])).data]).toEqual([63, 63, 63, 63, 102, 240]);
  });

  it('keeps a smooth picture in its place', () => {
    expect(meanDifference(fromYuv(toYuv(frame(3))), frame(3))).toBeLessThan(2);
  });

  it('asks for even sizes', () => {
    expect(() => toYuv(newImage(3, 4))).toThrow(/even.*3 x 4/);
  });
});

const available = await workingBackends();

it('has a video backend', () => {
  expect(available.size).toBeGreaterThan(0);
});

describe.each(['node-av', 'ffmpeg'] as const)('video with %s', (backend) => {
  const test = it.runIf(available.has(backend));

  async function clip(name: string, from: number, count: number, width = 64, height = 48): Promise<string> {
    const path = join(dir, `${backend}-${name}.mp4`);
    const writer = await VideoWriter.create(path, { width, height, backend });
    for (let t = from; t < from + count; t++) await writer.write(frame(t, width, height));
    await writer.close();
    return path;
  }

  test('reads back the frames that were written', async () => {
    const list = await frames(await clip('back', 0, 30), backend);
    expect(list).toHaveLength(30);
    for (const [t, image] of list.entries()) {
      expect(meanDifference(image, frame(t))).toBeLessThan(5);
      expect(meanDifference(image, frame(t + 12))).toBeGreaterThan(15);
    }
  });

  test('puts the index first, tags the file, and writes the same bytes again', async () => {
    const bytes = await readFile(await clip('first', 0, 12));
    const text = bytes.toString('latin1');
    expect(text.indexOf('moov')).toBeLessThan(text.indexOf('mdat'));
    expect(text).toContain('avc1');
    const colours = text.indexOf('colrnclx') + 8;
    expect([0, 2, 4].map((i) => bytes.readUInt16BE(colours + i))).toEqual([1, 1, 1]); // BT.709
    const header = text.indexOf('mvhd') + 8;
    expect(bytes.readUInt32BE(header)).toBe(0); // no creation time
    expect(bytes.readUInt32BE(header + 12) / bytes.readUInt32BE(header + 8)).toBeCloseTo(1, 2); // seconds
    expect(await readFile(await clip('second', 0, 12))).toEqual(bytes);
  });

  test('joins clips without loss', async () => {
    const paths = [await clip("it's 1", 0, 12), await clip('b', 40, 30), await clip('c', 80, 1)];
    const out = join(dir, `${backend}-movie.mp4`);
    await concatVideos(paths, out, backend);
    const apart = (await Promise.all(paths.map((path) => frames(path, backend)))).flat();
    const joined = await frames(out, backend);
    expect(joined).toHaveLength(43);
    expect(joined.map(({ data }, i) => Buffer.compare(data, apart[i]!.data))).toEqual(apart.map(() => 0));
    const bytes = await readFile(out);
    const header = bytes.indexOf('mvhd') + 4;
    expect(bytes.readUInt32BE(header + 16) / bytes.readUInt32BE(header + 12)).toBeCloseTo(43 / 12, 2);
    await concatVideos(paths, out, backend);
    expect(await readFile(out)).toEqual(bytes);
  });

  test('joins 500 clips of no whole milliseconds without drift', async () => {
    const paths = [await clip('one', 0, 1), await clip('seven', 3, 7)];
    const out = join(dir, `${backend}-long.mp4`);
    await concatVideos(
      Array.from({ length: 500 }, (_, i) => paths[i % 2]!),
      out,
      backend,
    );
    const { frames: count, timescale, frameTicks } = await readMp4Track(out);
    expect({ count, timescale, frameTicks }).toEqual({ count: 2000, timescale: 12288, frameTicks: 1024 });
  });

  test('refuses to join clips of other sizes and rates, cut clips, and files of others', async () => {
    const small = await clip('small', 0, 2, 32, 48);
    const model = await clip('model', 0, 2);
    const out = join(dir, `${backend}-mixed.mp4`);
    const fast = join(dir, `${backend}-fast.mp4`);
    const writer = await VideoWriter.create(fast, { width: 64, height: 48, fps: 25, backend });
    await writer.write(frame(0));
    await writer.close();
    const cut = join(dir, `${backend}-cut.mp4`);
    await writeFile(cut, (await readFile(model)).subarray(0, -10));
    const mov = join(dir, `${backend}.mov`);
    const grey = Buffer.alloc(64 * 48 * 1.5, 128);
    await writeMov(mov, { width: 64, height: 48, codec: 'I420', frames: [grey, grey], durations: [1, 2] });
    for (const [path, message] of [
      [
        small,
        /small\.mp4: has frames of 32 x 48, expected frames of 64 x 48, and is to be joined with .*model/,
      ],
      [fast, /fast\.mp4: has 25 frames a second, expected 12 frames a second, and is to be joined/],
      [cut, /cut\.mp4: is cut short by 10 bytes; make the clip again/],
      [mov, /\.mov: has frames of different lengths; make the clip again/],
      [join(dir, 'no-clip.mp4'), /no-clip\.mp4: cannot be opened; there is no such clip/],
    ] as const) {
      await expect(concatVideos([model, path], out, backend)).rejects.toThrow(message);
    }
    expect((await readdir(dir)).includes(`${backend}-mixed.mp4`)).toBe(false);
  });

  test('leaves nothing behind when given up', async () => {
    const before = (await readdir(dir)).sort();
    const path = join(dir, 'given-up.mp4');
    const writer = await VideoWriter.create(path, { width: 64, height: 48, backend });
    await writer.write(frame(0));
    await writer.abort();
    const empty = await VideoWriter.create(path, { width: 64, height: 48, backend });
    await expect(empty.close()).rejects.toThrow(/no frames/);
    expect((await readdir(dir)).sort()).toEqual(before);
  });

  test('says what is wrong with a file that is no video', async () => {
    const path = join(dir, 'text.mp4');
    await writeFile(path, 'not a video');
    await expect(frames(path, backend)).rejects.toThrow();
    await expect(frames(join(dir, 'missing.mp4'), backend)).rejects.toThrow();
    await expect(concatVideos([path], join(dir, 'out.mp4'), backend)).rejects.toThrow();
    await expect(concatVideos([], join(dir, 'out.mp4'), backend)).rejects.toThrow(/at least one clip/);
  });
});

it('checks its options and frames', async () => {
  const path = join(dir, 'never.mp4');
  await expect(VideoWriter.create(path, { width: 65, height: 48 })).rejects.toThrow(/width.*even.*65/);
  await expect(VideoWriter.create(path, { width: 64, height: 48, fps: 0 })).rejects.toThrow(/fps/);
  await expect(VideoWriter.create(path, { width: 64, height: 48, crf: 99 })).rejects.toThrow(/crf/);
  const writer = await VideoWriter.create(path, { width: 64, height: 48 });
  await expect(writer.write(frame(0, 32, 48))).rejects.toThrow(/64 x 48.*32 x 48/);
  await writer.abort();
});
