import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readCachedJson, writeCachedJson, writeFileAtomically } from '../files/index.ts';
import {
  type Episode,
  type FaceBox,
  generateEpisode,
  type Split,
  Stage,
  theatreVersion,
} from '../theatre/index.ts';
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

/** The folder of a data set below `cache`. */
export function frameSetFolder(cache: string, options: FrameSetOptions): string {
  const { split, seed, episodes, shots, width, height } = options;
  return join(cache, `v${theatreVersion}-${split}-${seed}-${episodes}x${shots.join('-')}-${width}x${height}`);
}

/** What `index.json` of a set holds, and its version. */
const indexFormat = 'moviedreamer-frames-1';

/** Shots of episode `e`: all numbers of the range in turn. */
const shotsOf = (e: number, [least, most]: FrameSetOptions['shots']): number =>
  least + (e % (most - least + 1));

/** The number of frames of a data set, known before it is drawn. */
export function frameCount({ episodes, shots }: Pick<FrameSetOptions, 'episodes' | 'shots'>): number {
  const [least, most] = shots;
  const round = most - least + 1;
  const rest = episodes % round;
  const whole = (episodes - rest) / round;
  return (whole * round * (least + most)) / 2 + rest * least + (rest * (rest - 1)) / 2;
}

/**
 * Opens a data set below `cache`, drawing it first where it is not there yet. Stopped halfway (`signal` is looked at before
 * each frame), the next call goes on after the last whole episode.
 */
export async function theatreFrames(
  cache: string,
  options: FrameSetOptions,
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<FrameSet> {
  const { width, height } = options;
  const folder = frameSetFolder(cache, options);
  const index = join(folder, 'index.json');
  let records = await readIndex(index);
  if (!records) {
    records = await draw(folder, options, onProgress, signal);
    await writeCachedJson(index, indexFormat, records);
    await rm(join(folder, 'episodes.jsonl'), { force: true });
  }
  const frames = await FrameRows.open(join(folder, 'frames.rgb'), [height, width, 3]);
  return { folder, options, episodes: records, count: frames.count, frames };
}

/** The records of a set that is complete. Before version 1 of the format they stood in the file without it. */
async function readIndex(path: string): Promise<EpisodeRecord[] | undefined> {
  const known = await readCachedJson<EpisodeRecord[]>(path, indexFormat);
  if (known) return known;
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.startsWith('[') ? (JSON.parse(text) as EpisodeRecord[]) : undefined;
}

async function draw(
  folder: string,
  options: FrameSetOptions,
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<EpisodeRecord[]> {
  const { split, seed, episodes, shots, width, height } = options;
  await mkdir(folder, { recursive: true });
  const stage = await Stage.create({ width, height });
  const row = { dtype: 'uint8', shape: [height, width, 3] } as const;
  const writer = await RowWriter.create(join(folder, 'frames.rgb'), row, 1);
  // one line an episode, written behind its frames: what an earlier process drew before it was stopped
  const log = join(folder, 'episodes.jsonl');
  const records = writer.count > 0 ? await readLog(log, writer.count) : [];
  await writer.truncate(records.reduce((n, r) => n + r.frames.length, 0));
  await writeFileAtomically(log, records.map((r) => `${JSON.stringify(r)}\n`).join(''));
  try {
    for (let e = records.length; e < episodes; e++) {
      const episode = generateEpisode(seed, e, split, { shots: shotsOf(e, shots) });
      const frames: FrameRecord[] = [];
      for (let shot = 0; shot < episode.shots.length; shot++) {
        signal?.throwIfAborted();
        const frame = await stage.drawKeyframe(episode, shot);
        frames.push({ row: writer.count, shot, faces: frame.faces });
        await writer.append(frame.data);
      }
      records.push({ episode, frames });
      await appendFile(log, `${JSON.stringify(records.at(-1))}\n`);
      onProgress?.(e + 1, episodes);
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return records;
}

/** The episodes of a log whose frames are all among the first `rows`; a line cut short ends it. */
async function readLog(path: string, rows: number): Promise<EpisodeRecord[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const records: EpisodeRecord[] = [];
  let count = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    const record = JSON.parse(line) as EpisodeRecord;
    count += record.frames.length;
    if (count > rows) break;
    records.push(record);
  }
  return records;
}
