import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillRect, type Image, newImage, openVideo, relativeUrl, VideoWriter } from '../media/index.ts';
import { linkOf, timelineOf } from '../testing/timelines.ts';
import { elementsOf, readXml } from '../testing/xmlReader.ts';
import { mltText } from './mlt.ts';

const hasMelt = spawnSync('melt', ['--version']).error === undefined;
if (!hasMelt)
  console.warn('mlt.test.ts: there is no melt (Debian: apt-get install melt); playing is not tested');

describe('the cut as MLT XML', () => {
  it('has an entry a shot, whose last frame is included, and properties that survive', () => {
    const timeline = timelineOf(500);
    const root = readXml(mltText(timeline, linkOf));
    const entries = elementsOf(root, 'entry').map(({ attributes: own }) => own);
    expect(entries.map((own) => Number(own.out) - Number(own.in) + 1)).toEqual(
      timeline.shots.map(({ frames }) => frames),
    );
    const producer = elementsOf(root, 'producer')[4]!;
    const properties = Object.fromEntries(
      elementsOf(producer, 'property').map(({ attributes: own, text }) => [own.name, text]),
    );
    expect(properties).toMatchObject({ resource: 'clips/0005.mp4', 'moviedreamer:sha256': 'c4' });
    expect(properties['shotcut:comment']).toBe('Zoë says "4" < 5 & goes.');
  });
});

describe.skipIf(!hasMelt)('melt', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function framesOf(path: string): Promise<Image[]> {
    const frames: Image[] = [];
    for await (const frame of (await openVideo(path)).frames()) frames.push(frame);
    return frames;
  }

  /** A clip whose every frame is another one. */
  async function writeClip(path: string, seed: number, frames: number): Promise<void> {
    const writer = await VideoWriter.create(path, { width: 64, height: 48, fps: 12 });
    for (let t = 0; t < frames; t++) {
      const image = newImage(64, 48);
      for (let y = 0; y < 48; y++)
        for (let x = 0; x < 64; x++)
          image.data.set([4 * x, 5 * y, (40 * seed + 6 * t) % 256], (y * 64 + x) * 3);
      fillRect(image, (7 * t) % 48, 8 * seed, 16, 8, [255, 255, 255]);
      await writer.write(image);
    }
    await writer.close();
  }

  it("plays cuts, trims and repeats: 20 frames of the film are the clips', above 40 dB", async () => {
    const home = join(folder, 'a film & more');
    const { shots, ...rest } = timelineOf(3, { fps: 12 });
    const files = [0, 1, 2].map((i) => join(home, `clips/${i}.mp4`));
    for (const [i, file] of files.entries()) await writeClip(file, i, 30);
    const pieces = [
      [2, 0, 30],
      [0, 7, 11],
      [1, 0, 1],
      [0, 29, 1],
      [2, 13, 17],
      [1, 0, 30],
    ] as const;
    let at = 0;
    const cut = pieces.map(([clip, start, frames], i) => {
      const shot = { ...shots[clip]!, place: i + 1, at, start, frames };
      at += frames;
      return { ...shot, clip: { ...shot.clip, file: files[clip] as string, frames: 30 } };
    });
    const timeline = { ...rest, width: 64, height: 48, shots: cut };
    await writeFile(
      join(home, 'cut.mlt'),
      mltText(timeline, (file) => relativeUrl(file, home)),
    );
    const played = join(folder, 'played.mkv');
    const args = ['-silent', '-consumer', `avformat:${played}`, 'vcodec=ffv1', 'an=1'];
    execFileSync('melt', [join(home, 'cut.mlt'), ...args], { cwd: folder, stdio: 'ignore' });
    const sources = await Promise.all(files.map(framesOf));
    const expected = pieces.flatMap(([clip, start, frames]) => sources[clip]!.slice(start, start + frames));
    const found = await framesOf(played);
    expect(found.length).toBe(expected.length);
    for (let i = 0; i < 20; i++) {
      const frame = Math.floor(((i + 0.5) * expected.length) / 20);
      expect(psnr(expected[frame]!, found[frame]!), `frame ${frame}`).toBeGreaterThan(40);
      expect(psnr(expected[frame]!, found[(frame + 1) % found.length]!), `after ${frame}`).toBeLessThan(40);
    }
  });
});

/** Peak signal-to-noise ratio of two pictures in dB. */
function psnr(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let sum = 0;
  for (const [i, value] of a.data.entries()) sum += (value - (b.data[i] as number)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.data.length));
}
