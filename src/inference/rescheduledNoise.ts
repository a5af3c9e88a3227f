import { Random } from '../random/index.ts';

/**
 * FreeNoise's noise rescheduling (Qiu et al., "FreeNoise: Tuning-Free Longer Video Diffusion via Noise Rescheduling", 2023):
 * the noise of a later window is that of the first one, its frames in another order within each unit of frames that follow
 * each other. So all windows begin from the same noise, and far frames resemble each other without repeating.
 * @param first the noise of the first window [frames, ...]
 * @param window from 0; the first is left as it is
 * @param unit frames of a unit; the paper shuffles units of a quarter of the window
 * @returns [frames, ...]
 */
export function rescheduledNoise(
  first: Float32Array,
  frames: number,
  window: number,
  unit: number,
  random: Random,
): Float32Array {
  if (window === 0) return first;
  const size = first.length / frames;
  const order: number[] = [];
  for (let at = 0; at < frames; at += unit) {
    const places = Array.from({ length: Math.min(unit, frames - at) }, (_, i) => at + i);
    order.push(...random.shuffle(places));
  }
  const noise = new Float32Array(first.length);
  order.forEach((from, to) => {
    noise.set(first.subarray(from * size, (from + 1) * size), to * size);
  });
  return noise;
}

/** Frames of a unit, a quarter of a window as in the paper (4 of 16); at least 2, so that something changes. */
export const noiseUnit = (frames: number): number => Math.max(2, Math.floor(frames / 4));

/** The noise of a segment (from 0) of a clip, rescheduled from that which its first segment has without rescheduling. */
export function segmentNoise(
  segment: number,
  clip: {
    /** Frames of a segment, and values of a frame. */
    readonly frames: number;
    readonly size: number;
    /** The clip's random stream. */
    readonly seed: number;
    readonly path: readonly (string | number)[];
  },
): Float32Array {
  const { frames, size, seed, path } = clip;
  const first = Random.of(seed, ...path, 'segment', 0).normals(frames * size);
  return rescheduledNoise(
    first,
    frames,
    segment,
    noiseUnit(frames),
    Random.of(seed, ...path, 'order', segment),
  );
}
