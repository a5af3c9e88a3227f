import { cropImage, type Image, newImage } from '../media/index.ts';

/** [x0, y0, x1, y1] in pixels, x1 and y1 exclusive. */
export type Box = readonly [number, number, number, number];

/** Side of the square around a face, in heights of its box: hair and hats belong to the person. */
const sides = 1.5;
/** The square's centre lies this much of its side above the box's centre. */
const raised = 0.07;

/**
 * The square around a face that the face encoder sees, as wide as `margin` times the usual one. What lies outside of
 * the picture repeats its border.
 */
export function cropFace(image: Image, box: Box, margin = 1): Image {
  const [x0, y0, x1, y1] = box;
  if (!(x1 > x0 && y1 > y0))
    throw new RangeError(`cropFace: the box must have x0 < x1 and y0 < y1, got [${box}]`);
  const usual = sides * Math.max(y1 - y0, x1 - x0);
  return cropSquare(image, (x0 + x1) / 2, (y0 + y1) / 2 - raised * usual, usual * margin);
}

/** The largest square in the middle of a picture: the rule for portraits, which show head and shoulders. */
export function centreSquare(image: Image): Image {
  const { width, height } = image;
  if (width === height) return image;
  const side = Math.min(width, height);
  return cropImage(image, (width - side) >> 1, (height - side) >> 1, side, side);
}

/**
 * The square with its middle at (x, y), `size` pixels a side, rounded, at least 1. What lies outside of the picture
 * repeats its border.
 */
export function cropSquare(image: Image, x: number, y: number, size: number): Image {
  const side = Math.max(1, Math.round(size));
  const [left, top] = [x - side / 2, y - side / 2];
  const out = newImage(side, side);
  const [x0, y0] = [Math.round(left), Math.round(top)];
  for (let y = 0; y < side; y++) {
    const row = Math.min(Math.max(y0 + y, 0), image.height - 1) * image.width;
    for (let x = 0; x < side; x++) {
      const from = (row + Math.min(Math.max(x0 + x, 0), image.width - 1)) * 3;
      const to = (y * side + x) * 3;
      out.data[to] = image.data[from] as number;
      out.data[to + 1] = image.data[from + 1] as number;
      out.data[to + 2] = image.data[from + 2] as number;
    }
  }
  return out;
}
