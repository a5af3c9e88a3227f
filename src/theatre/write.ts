import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { stringify } from 'yaml';
import { Random } from '../random/index.ts';
import { episodeToScript } from './script.ts';
import { contactSheet } from './sheet.ts';
import { framesPerSecond, Stage } from './stage.ts';
import { generateEpisode } from './story.ts';
import type { Episode, FaceBox, Frame, Picture, Split } from './types.ts';

/** Writes a clip to a file; frames are RGB, 12 a second. */
export type EncodeClip = (path: string, frames: AsyncIterable<Frame>) => Promise<void>;

export interface WriteEpisodesOptions {
  readonly out: string;
  readonly episodes: number;
  readonly seed: number;
  readonly split: Split;
  /** Shots of every episode; drawn for each when absent. */
  readonly shots?: number;
  /** Frame size; 448 x 256. */
  readonly width?: number;
  readonly height?: number;
  /** Portrait size; 256. */
  readonly portrait?: number;
  /** Without it no clips are written. */
  readonly encodeClip?: EncodeClip;
  /** Stops between two shots, with the signal's reason; what was drawn stays. */
  readonly signal?: AbortSignal;
}

export interface WriteEpisodesProgress {
  /** Episodes that are complete, of how many. */
  readonly done: number;
  readonly total: number;
  /** The folder just written. */
  readonly folder: string;
  readonly shots: number;
}

/**
 * Writes episodes as folders `0000`, `0001`...: script.yaml, one portrait PNG a character, keyframes/0001.png...,
 * clips/0001.mp4... (with `encodeClip`), faces.json (boxes by shot), labels.json (structured labels), contact-sheet.png;
 * and contact-sheet.png of all of them in `out`.
 */
export async function writeEpisodes(
  options: WriteEpisodesOptions,
  onProgress: (progress: WriteEpisodesProgress) => void = () => {},
): Promise<void> {
  const { out, episodes, seed, split } = options;
  if (!Number.isInteger(episodes) || episodes < 1) {
    throw new RangeError(`writeEpisodes: episodes must be a positive integer, got ${episodes}`);
  }
  const stage = await Stage.create({
    ...(options.width === undefined ? {} : { width: options.width }),
    ...(options.height === undefined ? {} : { height: options.height }),
  });
  const overview: Picture[] = [];
  for (let index = 0; index < episodes; index++) {
    const episode = generateEpisode(
      seed,
      index,
      split,
      options.shots === undefined ? {} : { shots: options.shots },
    );
    const folder = join(out, String(index).padStart(4, '0'));
    const frames = await writeEpisode(stage, episode, folder, options);
    overview.push(...frames.slice(0, 6));
    onProgress({ done: index + 1, total: episodes, folder, shots: episode.shots.length });
  }
  await writePicture(join(out, 'contact-sheet.png'), contactSheet(overview.slice(0, 96), 6, 2));
}

async function writeEpisode(
  stage: Stage,
  episode: Episode,
  folder: string,
  { portrait = 256, encodeClip, signal }: Pick<WriteEpisodesOptions, 'portrait' | 'encodeClip' | 'signal'>,
): Promise<Frame[]> {
  await mkdir(join(folder, 'keyframes'), { recursive: true });
  if (encodeClip) await mkdir(join(folder, 'clips'), { recursive: true });
  for (const character of episode.characters) {
    const jitter = Random.of(episode.seed, 'portrait', episode.split, episode.index, character.id);
    const picture = await stage.drawPortrait(character.identity, { size: portrait, jitter });
    await writePicture(join(folder, `${character.id}.png`), picture);
  }
  const frames: Frame[] = [];
  const faces: Record<string, readonly FaceBox[]> = {};
  for (let i = 0; i < episode.shots.length; i++) {
    signal?.throwIfAborted();
    const name = String(i + 1).padStart(4, '0');
    const frame = await stage.drawKeyframe(episode, i);
    frames.push(frame);
    faces[name] = frame.faces;
    await writePicture(join(folder, 'keyframes', `${name}.png`), frame);
    if (encodeClip) {
      const count = Math.round((episode.shots[i]?.seconds ?? 2) * framesPerSecond);
      await encodeClip(join(folder, 'clips', `${name}.mp4`), stage.drawClip(episode, i, count));
    }
  }
  await writeFile(join(folder, 'script.yaml'), stringify(episodeToScript(episode), { lineWidth: 110 }));
  await writeFile(join(folder, 'faces.json'), `${JSON.stringify(faces, null, 1)}\n`);
  await writeFile(join(folder, 'labels.json'), `${JSON.stringify(labelsOf(episode), null, 1)}\n`);
  await writePicture(join(folder, 'contact-sheet.png'), contactSheet(frames, 4, 2));
  return frames;
}

/** The labels of each shot for probes, and who the people are. */
function labelsOf(episode: Episode): object {
  return {
    split: episode.split,
    seed: episode.seed,
    index: episode.index,
    characters: Object.fromEntries(episode.characters.map((c) => [c.id, c.identity])),
    shots: episode.shots.map((shot) => ({
      place: shot.place,
      time: shot.time,
      weather: shot.weather,
      size: shot.size,
      scene: shot.scene,
      pattern: shot.pattern,
      characters: shot.characters.map(({ id, expression, pose, prop }) => ({
        id,
        expression,
        pose,
        ...(prop ? { prop } : {}),
      })),
    })),
  };
}

async function writePicture(path: string, picture: Picture): Promise<void> {
  const { width, height, data } = picture;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}
