import { type Image, newImage } from '../media/index.ts';

/** How many frames a clip of some seconds has; at least one. */
export function frameCount(seconds: number, fps: number): number {
  return Math.max(1, Math.round(seconds * fps));
}

/** How many frames at another rate are needed to show `count` frames at `fps`. */
export function framesNeeded(count: number, fps: number, sourceFps: number): number {
  return Math.ceil(((count - 1) * sourceFps) / fps - 1e-9) + 1;
}

/**
 * `count` frames at `fps` from a stream of frames at `sourceFps`. Between two of them the picture fades linearly ('mix', the
 * default), or stays the earlier one ('hold', as animations drawn on twos do). Reads no further than it must and keeps two
 * frames at a time.
 * @throws RangeError where the stream ends too early
 */
export async function* resampleFrames(
  frames: AsyncIterable<Image>,
  {
    count,
    fps,
    sourceFps,
    between = 'mix',
  }: {
    readonly count: number;
    readonly fps: number;
    readonly sourceFps: number;
    readonly between?: 'mix' | 'hold' | undefined;
  },
): AsyncGenerator<Image, void, void> {
  let before: Image | undefined;
  let at = -1; // the number of the last frame read
  let made = 0;
  for await (const frame of frames) {
    at++;
    for (; made < count; made++) {
      const place = (made * sourceFps) / fps;
      if (place > at + 1e-9) break;
      if (!before || place >= at - 1e-9) yield frame;
      else yield between === 'hold' ? before : mix(before, frame, place - (at - 1));
    }
    if (made === count) return;
    before = frame;
  }
  throw new RangeError(
    `resampleFrames: the stream ended after ${at + 1} frames; ${framesNeeded(count, fps, sourceFps)} are needed`,
  );
}

/** a (1 - share) + b share. */
function mix(a: Image, b: Image, share: number): Image {
  const out = newImage(a.width, a.height);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = Math.round((a.data[i] as number) * (1 - share) + (b.data[i] as number) * share);
  }
  return out;
}
