import type { Box } from '../inference/index.ts';

/** [left, top, width, height] in pixels. */
export type Box4 = readonly [number, number, number, number];

/** From [x0, y0, x1, y1]. */
export const withSides = ([x0, y0, x1, y1]: Box): Box4 => [x0, y0, x1 - x0, y1 - y0];

/** To [x0, y0, x1, y1]. */
export const corners = ([left, top, width, height]: Box4): Box => [left, top, left + width, top + height];

/** To hundredths of a pixel, as files say it. */
export const rounded = (box: Box4): Box4 => box.map((v) => Math.round(v * 100) / 100) as unknown as Box4;
