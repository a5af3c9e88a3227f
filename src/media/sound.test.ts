import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tone } from '../testing/fakeServer.ts';
import { concatVideos } from './concatVideos.ts';
import { newImage } from './image.ts';
import { readMp4Track } from './mp4Track.ts';
import { readSound, type Sound, writeWithSound } from './sound.ts';
import { type VideoBackendName, VideoWriter, videoBackend } from './video.ts';
import { readVideo } from './videoSource.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names: VideoBackendName[] = ['node-av', 'ffmpeg'];
const backends: VideoBackendName[] = [];
for (const name of names)
  await videoBackend(name).then(
    () => backends.push(name),
    () => console.log(`SKIPPED: there is no ${name}`),
  );

/** 12 frames a second. */
const silent = (frames: number, backend: VideoBackendName) => async (path: string) => {
  const writer = await VideoWriter.create(path, { width: 32, height: 16, fps: 12, backend });
  for (let i = 0; i < frames; i++) await writer.write(newImage(32, 16, [10 * i, 90, 90]));
  await writer.close();
};

/** Root mean square of a part of sound, from a second to another one. */
function loudness(sound: Sound | undefined, from: number, to: number): number {
  const part = (sound ?? new Int16Array()).subarray(96_000 * from, 96_000 * to);
  return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
}

/** Of a sine of half the largest amplitude. */
const sine = 16384 / Math.SQRT2;

describe.each(backends)('sound through %s', (backend) => {
  const clip = async (name: string, frames: number, hertz?: number): Promise<string> => {
    const path = join(folder, `${backend}-${name}.mp4`);
    const write = silent(frames, backend);
    if (hertz === undefined) await write(path);
    else {
      const sound = tone(hertz, frames / 12);
      await writeWithSound(path, { sound: [sound], length: sound.length }, write, backend);
    }
    return path;
  };

  it('is written beside the video and read again, cut or filled with silence to a length', async () => {
    const path = await clip('tone', 12, 440);
    expect(await readMp4Track(path)).toMatchObject({ frames: 12, hasSound: true });
    const sound = await readSound(path, 96_000, backend);
    expect(sound).toHaveLength(96_000);
    expect(loudness(sound, 0.1, 0.9) / sine).toBeCloseTo(1, 1);
    expect(await readSound(path, 1000, backend)).toHaveLength(1000);
    const longer = await readSound(path, 192_000, backend);
    expect(loudness(longer, 1.1, 2)).toBe(0);
    expect(await readSound(await clip('none', 3), 100, backend)).toBeUndefined();
  });

  it('stays where clips with it and without are joined, and the film has the same frames', async () => {
    const paths = [await clip('a', 7, 440), await clip('b', 11), await clip('c', 5, 880)];
    const out = join(folder, `${backend}-film.mp4`);
    await concatVideos(paths, out, backend);
    const { frames, timescale, frameTicks, hasSound } = await readMp4Track(out);
    expect([frames, timescale / frameTicks, hasSound]).toEqual([23, 12, true]);
    const sound = await readSound(out, (96_000 * 23) / 12 + 9600, backend);
    expect(loudness(sound, 0.1, 0.5) / sine).toBeCloseTo(1, 1);
    expect(loudness(sound, 0.7, 1.4)).toBeLessThan(20);
    expect(loudness(sound, 1.6, 1.85) / sine).toBeCloseTo(1, 1);
    expect(loudness(sound, 23 / 12 + 0.03, 2)).toBe(0); // not longer than the film
    let count = 0;
    for await (const _ of readVideo(out)) count++;
    expect(count).toBe(23);
  });

  it('that is damaged is told of', async () => {
    const path = join(folder, 'damaged.mp4');
    await writeFile(path, 'no film');
    await expect(readSound(path, 100, backend)).rejects.toThrow('has sound that cannot be read');
  });
});
