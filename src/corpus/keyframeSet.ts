import type { Random } from '../random/index.ts';
import type { FilmSet } from './filmFrames.ts';
import type { Side } from './mirroredRows.ts';
import { drawSides } from './mirroredRows.ts';
import type { FrameSet } from './theatreFrames.ts';

/** Keyframes of episodes with their scripts, drawn by the theatre or taken from films. */
export type KeyframeSet = FrameSet | FilmSet;

/** Draws `n` rows of a set, each mirrored with probability `flip`; those of films by their data sets' weights. */
export function drawRows(set: KeyframeSet, n: number, flip: number, random: Random): Side[] {
  if (!('films' in set)) return drawSides(n, set.count, flip, random);
  return Array.from({ length: n }, () => {
    const { frames } = set.episodes[
      drawEpisode(set, set.episodes.length, random)
    ] as FilmSet['episodes'][number];
    return { row: random.pick(frames).row, mirrored: flip > 0 && random.chance(flip) };
  });
}

/** Draws one of the first `count` episodes of a set: the theatre's evenly, those of films by their shares. */
export function drawEpisode(set: KeyframeSet, count: number, random: Random): number {
  if (!('films' in set)) return random.int(count);
  let left = random.uniform();
  const last = set.films.findLastIndex(({ share }) => share > 0);
  for (const [i, { share }] of set.films.entries()) {
    left -= share;
    if (left < 0 && share > 0) return i;
  }
  return last;
}
