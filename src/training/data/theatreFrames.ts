import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../files/index.ts';
import {
  type Episode,
  type FaceBox,
  generateEpisode,
  type Split,
  Stage,
  theatreVersion,
} from '../../theatre/index.ts';
import { FrameRows, RowWriter } from './rowFile.ts';

/** What a data set of drawn frames consists of; its folder's name is made from these, so none is ever mixed up. */
export interface FrameSetOptions {
  readonly split: Split;
  readonly seed: number;
  readonly episodes: number;
  /** Shots of an episode, drawn uniformly between these. */
  readonly shots: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

/** A frame's place in its data set. */
export interface FrameRecord {
  /** Row in the frame file. */
  readonly row: number;
  readonly shot: number;
  readonly faces: readonly FaceBox[];
}

export interface EpisodeRecord {
  readonly episode: Episode;
  readonly frames: readonly FrameRecord[];
}

/** Keyframes of many episodes on disk, drawn once: `frames.rgb` holds [height, width, 3] bytes a frame. */
export interface FrameSet {
  readonly folder: string;
  readonly options: FrameSetOptions;
  readonly episodes: readonly EpisodeRecord[];
  /** Number of frames. */
  readonly count: number;
  readonly frames: FrameRows;
}

/** Opens a data set below `cache`, drawing it first where it is not there yet. */
export async function theatreFrames(
  cache: string,
  options: FrameSetOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<FrameSet> {
  const { split, seed, episodes, shots, width, height } = options;
  const folder = join(
    cache,
    `v${theatreVersion}-${split}-${seed}-${episodes}x${shots.join('-')}-${width}x${height}`,
  );
  const index = join(folder, 'index.json');
  let records = await readIndex(index);
  if (!records) {
    records = await draw(folder, options, onProgress);
    await writeFileAtomically(index, JSON.stringify(records));
  }
  const frames = await FrameRows.open(join(folder, 'frames.rgb'), [height, width, 3]);
  return { folder, options, episodes: records, count: frames.count, frames };
}

async function readIndex(path: string): Promise<EpisodeRecord[] | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as EpisodeRecord[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function draw(
  folder: string,
  options: FrameSetOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<EpisodeRecord[]> {
  const { split, seed, episodes, shots, width, height } = options;
  await mkdir(folder, { recursive: true });
  const stage = await Stage.create({ width, height });
  const writer = await RowWriter.create(join(folder, 'frames.rgb'), {
    dtype: 'uint8',
    shape: [height, width, 3],
  });
  const records: EpisodeRecord[] = [];
  try {
    for (let e = 0; e < episodes; e++) {
      const count = shots[0] + (e % (shots[1] - shots[0] + 1));
      const episode = generateEpisode(seed, e, split, { shots: count });
      const frames: FrameRecord[] = [];
      for (let shot = 0; shot < episode.shots.length; shot++) {
        const frame = await stage.drawKeyframe(episode, shot);
        frames.push({ row: writer.count, shot, faces: frame.faces });
        await writer.append(frame.data);
      }
      records.push({ episode, frames });
      onProgress?.(e + 1, episodes);
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return records;
}
