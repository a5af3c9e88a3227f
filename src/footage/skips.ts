import type { Image } from '../media/index.ts';
import type { Skip } from './dataset.ts';

/** How bright a frame is: enough to know a black one, and letters on black. */
export interface Look {
  /** Share of pixels that are nearly black, 0 .. 1. */
  readonly dark: number;
  /** Share of pixels that are bright, 0 .. 1. */
  readonly bright: number;
}

export function lookAt({ data }: Image): Look {
  let [dark, bright] = [0, 0];
  for (let i = 0; i < data.length; i += 3) {
    const value = Math.max(data[i]!, data[i + 1]!, data[i + 2]!);
    if (value < 40) dark++;
    else if (value > 140) bright++;
  }
  const share = (n: number): number => Math.round((n / (data.length / 3)) * 1e4) / 1e4;
  return { dark: share(dark), bright: share(bright) };
}

interface Seen extends Look {
  readonly seconds: number;
}

/** What is asked for: so many seconds, or to be found. */
export type SkipChoice = number | 'auto';

const isBlack = ({ dark }: Look): boolean => dark >= 0.99;
/** Letters on black, of which a coarse grid shows some light and much black. */
const isCredits = ({ dark, bright }: Look): boolean => dark >= 0.75 && bright <= 0.2;

/** Films from this length on have an opening and credits; shorter ones are clips. */
const film = 600;
/** An opening ends within this share of a film, and within so many seconds. */
const opening = { share: 0.04, seconds: 180 };
/** Credits are at least so long, within the last part of a film, and nearly all of their frames look it. */
const credits = { share: 0.15, seconds: 20, alike: 0.9 };

/**
 * What is left out at the beginning and the end of a film. Found (`auto`): black frames at both ends; of films of ten minutes
 * and more also all before the last black frame within the first minutes, where logos and titles end, and credits, that is a
 * dark tail with few bright pixels. Times are in seconds.
 *
 * @param frames keyframes in order of time
 * @param seconds length of the film
 */
export function findSkips(
  frames: readonly Seen[],
  seconds: number,
  start: SkipChoice,
  end: SkipChoice,
): { readonly start: Skip; readonly end: Skip } {
  return {
    start: start === 'auto' ? findStart(frames, seconds) : { seconds: start, reason: '--skip-start' },
    end: end === 'auto' ? findEnd(frames, seconds) : { seconds: end, reason: '--skip-end' },
  };
}

const nothing: Skip = { seconds: 0, reason: 'nothing was found' };

function findStart(frames: readonly Seen[], seconds: number): Skip {
  const within = Math.min(opening.seconds, opening.share * seconds);
  if (seconds >= film) {
    const last = frames.findLastIndex((frame) => frame.seconds <= within && isBlack(frame));
    const next = frames[last + 1];
    if (last >= 0 && next) return { seconds: next.seconds, reason: 'an opening that ends with black frames' };
  }
  const first = frames.findIndex((frame) => !isBlack(frame));
  const lit = frames[first];
  return first > 0 && lit ? { seconds: lit.seconds, reason: 'black frames' } : nothing;
}

function findEnd(frames: readonly Seen[], seconds: number): Skip {
  const tail = (from: Seen): number => Math.round((seconds - from.seconds) * 1e6) / 1e6;
  if (seconds >= film) {
    let found: Seen | undefined;
    let alike = 0;
    for (let i = frames.length - 1; i >= 0 && tail(frames[i]!) <= credits.share * seconds; i--) {
      const frame = frames[i]!;
      if (!isCredits(frame)) continue;
      alike++;
      if (alike >= credits.alike * (frames.length - i)) found = frame;
    }
    if (found && tail(found) >= credits.seconds) return { seconds: tail(found), reason: 'credits' };
  }
  const last = frames.findLastIndex((frame) => !isBlack(frame));
  const black = frames[last + 1];
  return last >= 0 && black ? { seconds: tail(black), reason: 'black frames' } : nothing;
}
