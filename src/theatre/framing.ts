import { Random } from '../random/index.ts';
import type { Shot, Size } from './types.ts';

/** Where the camera looks and where people stand, in pixels of a 448 x 256 frame (`k` scales to others). */
export interface Framing {
  /** Window of the backdrop in world units: centre and width. */
  readonly windowX: number;
  readonly windowY: number;
  readonly windowWidth: number;
  readonly figures: readonly FigurePlace[];
  /** Camera move over the shot: zoom factor and pan in pixels that are reached at its end. */
  readonly zoom: number;
  readonly panX: number;
  readonly panY: number;
}

/** The avatar's point (140, 108), between the eyes and the nose, lands on (x, y). */
export interface FigurePlace {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export const frameWidth = 448;
export const frameHeight = 256;

const windows: Readonly<
  Record<Size, { readonly width: readonly [number, number]; readonly y: readonly [number, number] }>
> = {
  wide: { width: [530, 590], y: [176, 184] },
  medium: { width: [360, 420], y: [182, 196] },
  'close-up': { width: [250, 320], y: [150, 176] },
};

/** The framing of a shot, drawn from its seed. */
export function frameShot(shot: Shot): Framing {
  const r = Random.of(shot.seed, 'framing');
  const view = windows[shot.size];
  const windowWidth = r.uniform(...view.width);
  const half = windowWidth / 2;
  const windowX = r.uniform(half + 2, 598 - half);
  const windowY = Math.min(343 - (half * frameHeight) / frameWidth, r.uniform(...view.y));
  const count = shot.characters.length;
  return {
    windowX,
    windowY,
    windowWidth,
    figures: places(
      r,
      shot.size,
      count,
      shot.characters.map((actor) => actor.pose === 'shelter'),
    ),
    zoom: r.pick([1, 1.05, 1.08, 0.95]),
    panX: r.pick([0, 0, -12, 12]),
    panY: r.pick([0, 0, 0, -4]),
  };
}

function places(r: Random, size: Size, count: number, tall: readonly boolean[]): FigurePlace[] {
  const scale = figureScale(r, size, count);
  const gap =
    size === 'close-up'
      ? 0.43
      : size === 'medium'
        ? ([0, 0, 0.37, 0.31][count] ?? 0.31)
        : Math.min(0.27, 0.92 / count);
  const jitter = count === 1 ? (size === 'wide' ? 90 : 44) : size === 'wide' ? 10 : 7;
  const centre =
    frameWidth / 2 +
    (count > 1 && size === 'wide' ? r.uniform(-1, 1) * (frameWidth / 2) * (0.86 - gap * count) : 0);
  return Array.from({ length: count }, (_, i) => {
    const x = centre + (i - (count - 1) / 2) * gap * frameWidth + r.uniform(-1, 1) * jitter;
    const own = scale * r.uniform(0.97, 1.03);
    // in wide shots the feet stand on the ground: a figure that is nearer stands lower
    const feet = 243 + r.uniform(-5, 6);
    const y =
      size === 'wide'
        ? feet - (516 - 108) * own
        : size === 'medium'
          ? 93 + r.uniform(-5, 6) + (tall[i] ? 8 : 0)
          : 124 + r.uniform(-6, 8);
    return { x, y, scale: own };
  });
}

function figureScale(r: Random, size: Size, count: number): number {
  if (size === 'wide') return r.uniform(0.315, 0.345) * (count > 4 ? 0.97 : 1);
  if (size === 'medium') return count > 2 ? r.uniform(0.5, 0.54) : r.uniform(0.54, 0.6);
  return count > 1 ? r.uniform(0.8, 0.87) : r.uniform(0.92, 1.02);
}
