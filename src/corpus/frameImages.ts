import { flipImage, type Image } from '../media/index.ts';
import type { KeyframeSet } from './keyframeSet.ts';
import type { EpisodeRecord, FrameRecord, FrameSet } from './theatreFrames.ts';

/** A frame with the episode that it belongs to. */
export interface FrameOf {
  readonly episode: EpisodeRecord;
  readonly frame: FrameRecord;
}

/** All frames of a set by their rows. */
export function framesByRow(set: FrameSet): FrameOf[] {
  const list: FrameOf[] = [];
  for (const episode of set.episodes)
    for (const frame of episode.frames) list[frame.row] = { episode, frame };
  return list;
}

/** A frame as it is, or mirrored. */
export async function frameImage(set: KeyframeSet, row: number, mirrored = false): Promise<Image> {
  const { width, height } = set.options;
  const image = { width, height, data: await set.frames.read(row) };
  return mirrored ? flipImage(image) : image;
}
