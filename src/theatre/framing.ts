import { Random } from '../random/index.ts';
import { worldWidth } from './scene/svg.ts';
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

/** Width and middle of the window, in world units. */
const windows: Readonly<Record<Size, { readonly width: number; readonly y: number }>> = {
  wide: { width: 560, y: 180 },
  medium: { width: 390, y: 189 },
  'close-up': { width: 285, y: 163 },
};

/** Heights of an avatar of 280 units in the frame, one person and several. */
const scales: Readonly<Record<Size, (count: number) => number>> = {
  wide: (count) => (count > 4 ? 0.32 : 0.33),
  medium: (count) => (count > 2 ? 0.52 : 0.57),
  'close-up': (count) => (count > 1 ? 0.835 : 0.97),
};

/**
 * The framing of a shot, drawn from its seed. The camera stands before the middle of the set and people stand where their
 * number and their order put them, give or take a few pixels: a script says no more, and what it leaves open would be
 * learnt as a blur (docs/decisions.md). The moves within the shot are free.
 */
export function frameShot(shot: Shot): Framing {
  const r = Random.of(shot.seed, 'framing');
  const view = windows[shot.size];
  return {
    windowX: worldWidth / 2 + r.uniform(-3, 3),
    windowY: view.y + r.uniform(-2, 2),
    windowWidth: view.width * r.uniform(0.99, 1.01),
    figures: places(
      r,
      shot.size,
      shot.characters.map((actor) => actor.pose === 'shelter'),
    ),
    zoom: r.pick([1, 1.05, 1.08, 0.95]),
    panX: r.pick([0, 0, -12, 12]),
    panY: r.pick([0, 0, 0, -4]),
  };
}

/** `sheltered`: for each person from left to right, whether they hold something above their head. */
function places(r: Random, size: Size, sheltered: readonly boolean[]): FigurePlace[] {
  const count = sheltered.length;
  const gap =
    size === 'close-up'
      ? 0.43
      : size === 'medium'
        ? ([0, 0, 0.37, 0.31][count] ?? 0.31)
        : Math.min(0.27, 0.92 / count);
  // somebody alone in a wide shot leaves the middle of the set to be seen
  const centre = frameWidth * (count === 1 && size === 'wide' ? 0.38 : 0.5);
  return sheltered.map((tall, i) => {
    const scale = scales[size](count) * r.uniform(0.99, 1.01);
    const x = centre + (i - (count - 1) / 2) * gap * frameWidth + r.uniform(-3, 3);
    const sway = r.uniform(-2, 2);
    // in wide shots the feet stand on the ground: a figure that is nearer stands lower
    const y =
      size === 'wide'
        ? 243 + sway - (516 - 108) * scale
        : size === 'medium'
          ? 93 + sway + (tall ? 8 : 0)
          : 124 + sway;
    return { x, y, scale };
  });
}
