/** [left, top, width, height] in pixels. */
export type Box4 = readonly [number, number, number, number];
