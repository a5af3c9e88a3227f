import { type Image, newImage } from './image.ts';

/** One of the eight ways to hold a picture: first its rows become columns, or not, then it is mirrored. */
export interface Orientation {
  /** Swaps x and y. */
  readonly transpose: boolean;
  /** Mirrors left to right, after the swap. */
  readonly flipX: boolean;
  /** Mirrors top to bottom, after the swap. */
  readonly flipY: boolean;
}

export const upright: Orientation = { transpose: false, flipX: false, flipY: false };

/**
 * The orientation of a display matrix: nine numbers `a b u c d v x y w` that show the stored point (x, y) at
 * (a x + c y, b x + d y), as in MP4's track header (ISO/IEC 14496-12, 8.3.2). A matrix of zeros means upright.
 * Undefined for angles that are no quarter turns.
 */
export function orientationOf(matrix: readonly number[]): Orientation | undefined {
  const [a = 0, b = 0, , c = 0, d = 0] = matrix;
  const straight = Math.abs(a) + Math.abs(d);
  const crossed = Math.abs(b) + Math.abs(c);
  if (straight === 0 && crossed === 0) return upright;
  const tolerance = 0.02; // of the main entries: a degree
  if (crossed <= tolerance * straight) return { transpose: false, flipX: a < 0, flipY: d < 0 };
  if (straight <= tolerance * crossed) return { transpose: true, flipX: c < 0, flipY: b < 0 };
  return undefined;
}

/** By EXIF's number (CIPA DC-008, tag 274), 1 to 8; others mean upright. */
export function exifOrientation(number: number | undefined): Orientation {
  return exif[number ?? 1] ?? upright;
}

const exif: readonly Orientation[] = [
  upright, // 0 is none
  upright,
  { transpose: false, flipX: true, flipY: false },
  { transpose: false, flipX: true, flipY: true },
  { transpose: false, flipX: false, flipY: true },
  { transpose: true, flipX: false, flipY: false },
  { transpose: true, flipX: true, flipY: false },
  { transpose: true, flipX: true, flipY: true },
  { transpose: true, flipX: false, flipY: true },
];

/** The image turned and mirrored; itself when it is upright already. */
export function orientImage(image: Image, { transpose, flipX, flipY }: Orientation): Image {
  if (!transpose && !flipX && !flipY) return image;
  const width = transpose ? image.height : image.width;
  const height = transpose ? image.width : image.height;
  const out = newImage(width, height);
  let to = 0;
  for (let row = 0; row < height; row++) {
    const y = flipY ? height - 1 - row : row;
    for (let column = 0; column < width; column++) {
      const x = flipX ? width - 1 - column : column;
      const from = (transpose ? x * image.width + y : y * image.width + x) * 3;
      out.data[to++] = image.data[from]!;
      out.data[to++] = image.data[from + 1]!;
      out.data[to++] = image.data[from + 2]!;
    }
  }
  return out;
}
