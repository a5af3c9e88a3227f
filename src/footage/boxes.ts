import type { Box } from '../inference/index.ts';
import type { Image } from '../media/index.ts';

/** [left, top, width, height] in pixels. */
export type Box4 = readonly [number, number, number, number];

/** From [x0, y0, x1, y1]. */
export const withSides = ([x0, y0, x1, y1]: Box): Box4 => [x0, y0, x1 - x0, y1 - y0];

/** To [x0, y0, x1, y1]. */
export const corners = ([left, top, width, height]: Box4): Box => [left, top, left + width, top + height];

/** To hundredths of a pixel, as files say it. */
export const rounded = (box: Box4): Box4 => box.map((v) => Math.round(v * 100) / 100) as unknown as Box4;

/** Where head and shoulders, or more, are below a face, in widths and heights of the face. */
const body = { width: 2.6, above: 0.5, below: 3 } as const;

/** A box around a person of whom the face is known, cut off at the picture's border. */
export function bodyBelow([left, top, width, height]: Box4, image: Pick<Image, 'width' | 'height'>): Box4 {
  const x0 = Math.max(0, left + width / 2 - (body.width * width) / 2);
  const x1 = Math.min(image.width, left + width / 2 + (body.width * width) / 2);
  const y0 = Math.max(0, top - body.above * height);
  const y1 = Math.min(image.height, top + (1 + body.below) * height);
  return [x0, y0, x1 - x0, y1 - y0];
}
