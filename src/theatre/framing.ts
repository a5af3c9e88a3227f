import { worldWidth } from './scene/svg.ts';
import type { Shot, Size } from './types.ts';

/** Where the camera looks and where people stand, in pixels of a 448 x 256 frame (`k` scales to others). */
export interface Framing {
  /** Window of the backdrop in world units: centre and width. */
  readonly windowX: number;
  readonly windowY: number;
  readonly windowWidth: number;
  readonly figures: readonly FigurePlace[];
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
  wide: (count) => (count > 4 ? 0.36 : 0.38),
  medium: (count) => (count > 2 ? 0.52 : 0.57),
  'close-up': (count) => (count > 1 ? 0.835 : 0.97),
};

/**
 * Where somebody alone stands, in widths of the frame. Where the seed drew one of two sides, models painted half a person on
 * each (docs/log.md).
 */
const alone: Readonly<Record<Size, number>> = { wide: 0.64, medium: 0.62, 'close-up': 0.5 };

/**
 * The framing of a shot. The camera stands still before the middle of the set, within a shot too, and people stand where their
 * number and their order put them, to the pixel: what differs from shot to shot is learnt as a blur, and so is what moves all of
 * a picture (docs/decisions.md).
 */
export function frameShot(shot: Shot): Framing {
  const view = windows[shot.size];
  return {
    windowX: worldWidth / 2,
    windowY: view.y,
    windowWidth: view.width,
    figures: places(
      shot.size,
      shot.characters.map((actor) => actor.pose === 'shelter'),
    ),
  };
}

/** `sheltered`: for each person from left to right, whether they hold something above their head. */
function places(size: Size, sheltered: readonly boolean[]): FigurePlace[] {
  const count = sheltered.length;
  const gap =
    size === 'close-up'
      ? 0.43
      : size === 'medium'
        ? ([0, 0, 0.37, 0.31][count] ?? 0.31)
        : Math.min(0.27, 0.92 / count);
  const centre = frameWidth * (count === 1 ? alone[size] : 0.5);
  return sheltered.map((tall, i) => {
    const scale = scales[size](count);
    const x = centre + (i - (count - 1) / 2) * gap * frameWidth;
    // in wide shots the feet stand on the ground: a figure that is nearer stands lower
    const y = size === 'wide' ? 245 - (516 - 108) * scale : size === 'medium' ? 93 + (tall ? 8 : 0) : 124;
    return { x, y, scale };
  });
}
