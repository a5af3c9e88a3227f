/** A person in one of a batch's pictures. */
export interface Region {
  /** Number of the picture in the batch. */
  readonly image: number;
  /** Box of the face in the frame. */
  readonly box: readonly [number, number, number, number];
  readonly mirrored: boolean;
}

/** What belongs to a person, in widths and heights of the face: more at the sides, hair above, clothes below. */
const reach = { side: 0.35, above: 0.35, below: 0.9 } as const;

/**
 * How much of each patch of each picture a person takes: rows [regions, n * grid * grid] that sum to 1, so that their
 * product with patch tokens is the mean token of the person. Frames are squeezed into grid x grid patches.
 */
export function regionWeights(
  regions: readonly Region[],
  frame: { readonly width: number; readonly height: number },
  n: number,
  grid: number,
): Float32Array {
  const out = new Float32Array(regions.length * n * grid * grid);
  for (const [r, { image, box, mirrored }] of regions.entries()) {
    const [w, h] = [box[2] - box[0], box[3] - box[1]];
    const left = ((box[0] - reach.side * w) / frame.width) * grid;
    const right = ((box[2] + reach.side * w) / frame.width) * grid;
    const across = overlaps(mirrored ? [grid - right, grid - left] : [left, right], grid);
    const top = ((box[1] - reach.above * h) / frame.height) * grid;
    const down = overlaps([top, ((box[3] + reach.below * h) / frame.height) * grid], grid);
    const total = sum(across) * sum(down);
    if (total === 0)
      throw new RangeError(
        `regionWeights: the box [${box}] lies outside of ${frame.width} x ${frame.height}`,
      );
    const at = (r * n + image) * grid * grid;
    down.forEach((y, i) => {
      across.forEach((x, j) => {
        out[at + i * grid + j] = (x * y) / total;
      });
    });
  }
  return out;
}

/** How much of each of the unit intervals 0 .. n lies within an interval. */
function overlaps([from, to]: readonly [number, number], n: number): number[] {
  return Array.from({ length: n }, (_, i) => Math.max(0, Math.min(to, i + 1) - Math.max(from, i)));
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
