import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { keyOf, readCachedJson, writeCachedJson } from '../files/index.ts';
import type { CoveredFrame } from '../media/index.ts';
import { CutDetector, cutSettings } from './cuts.ts';
import { type FilmPaths, frameNumber } from './layout.ts';
import { type Look, lookAt } from './skips.ts';
import type { GivenFilm } from './source.ts';

/** Step 1: a film is decoded once, to keyframes and cuts. */
export interface KeyframeSettings {
  /** Seconds between keyframes, more than 0. */
  readonly every: number;
  /** Size of the pictures, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** A picture that was written. */
export interface Keyframe extends Look {
  /** From 1: number - 1 times `every` is when it was due. */
  readonly number: number;
  readonly seconds: number;
  /** Bytes of its file. */
  readonly bytes: number;
  /** Whether it is one field of an interlaced frame. */
  readonly isField: boolean;
}

export interface Keyframes {
  /** Of the film's content and the settings: what is made from the keyframes has it in its own key. */
  readonly key: string;
  readonly frames: readonly Keyframe[];
  /** Seconds at which shots begin, without the first. */
  readonly cuts: readonly number[];
  /** Frames that were decoded. */
  readonly decoded: number;
  /** Length of the film: the last frame lasts as long as the one before it, a single one until the next keyframe. */
  readonly seconds: number;
}

const format = 'moviedreamer-footage-keyframes-1';
/** Goes up whenever the same film gives other pictures or cuts. */
const version = 1;
/** Of JPEG, 1 .. 100. */
const quality = 92;
/** Columns of the grid in which cuts are looked for. */
const columns = 64;
/** Pictures that are encoded while the next frames are decoded. */
const ahead = 4;

/**
 * The keyframes of a film, from disk where they are there. A film that was not finished is decoded from its beginning.
 *
 * @param onProgress the time of the frame that was decoded last, in seconds
 * @throws {VideoError} at a damaged frame; nothing is kept then.
 */
export async function makeKeyframes(
  film: GivenFilm,
  paths: FilmPaths,
  settings: KeyframeSettings,
  onProgress: (seconds: number) => void,
  signal?: AbortSignal,
): Promise<Keyframes> {
  const { every, width, height } = settings;
  const key = keyOf(
    'keyframes',
    version,
    film.sha256,
    { every, width, height },
    { quality, columns },
    cutSettings,
  );
  const known = await readCachedJson<Keyframes>(paths.keyframes, format);
  if (known?.key === key && (await areThere(paths, known.frames))) return known;
  await rm(paths.keyframes, { force: true }); // first: its pictures are about to go
  await rm(paths.pictures, { recursive: true, force: true });
  await mkdir(paths.pictures, { recursive: true });
  const made = { key, ...(await decode(film, paths, settings, onProgress, signal)) };
  await writeCachedJson(paths.keyframes, format, made);
  return made;
}

/** Whether all pictures have the size that they were written with. */
async function areThere(paths: FilmPaths, frames: readonly Keyframe[]): Promise<boolean> {
  for (const { number, bytes } of frames) {
    const info = await stat(pictureFile(paths, number)).catch(() => undefined);
    if (info?.size !== bytes) return false;
  }
  return true;
}

export const pictureFile = (paths: FilmPaths, number: number): string =>
  join(paths.pictures, `${frameNumber(number)}.jpg`);

async function decode(
  { video }: GivenFilm,
  paths: FilmPaths,
  { every, width, height }: KeyframeSettings,
  onProgress: (seconds: number) => void,
  signal?: AbortSignal,
): Promise<Omit<Keyframes, 'key'>> {
  const detector = new CutDetector();
  const rows = Math.max(1, Math.round((columns * video.height) / video.width));
  const frames: Promise<Keyframe>[] = [];
  let due = 0;
  let decoded = 0;
  let [last, before] = [0, 0];
  try {
    for await (const frame of video.scan()) {
      signal?.throwIfAborted();
      const exact = frame.time.num / frame.time.den;
      const seconds = micro(exact);
      const grid = frame.grid(columns, rows);
      detector.add(grid, seconds);
      decoded++;
      [before, last] = [last, exact];
      if (seconds < due * every - 1e-6) continue;
      const number = Math.floor((seconds + 1e-6) / every) + 1;
      due = number;
      const picture = frame.cover(width, height);
      const keyframe = write(pictureFile(paths, number), picture, { number, seconds, ...lookAt(grid) });
      keyframe.catch(() => undefined); // awaited, and reported, in its turn
      frames.push(keyframe);
      if (frames.length > ahead) await frames[frames.length - 1 - ahead];
      onProgress(seconds);
    }
  } finally {
    await Promise.allSettled(frames);
  }
  detector.finish();
  return {
    frames: await Promise.all(frames),
    cuts: detector.cuts,
    decoded,
    seconds: micro(last + (decoded > 1 ? last - before : every)),
  };
}

/** Seconds to the microsecond: sums of binary fractions read badly in files. */
const micro = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

async function write(
  path: string,
  picture: Promise<CoveredFrame>,
  known: Omit<Keyframe, 'bytes' | 'isField'>,
): Promise<Keyframe> {
  const { data, width, height, isField } = await picture;
  const raw = { width, height, channels: 3 } as const;
  const { size } = await sharp(data, { raw }).jpeg({ quality }).toFile(path);
  return { ...known, bytes: size, isField };
}
