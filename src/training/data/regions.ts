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

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * How much of each patch of each picture a person takes: rows [regions, n * grid * grid] that sum to 1, so that their
 * product with patch tokens is the mean token of the person. Frames are squeezed into grid x grid patches.
 */
export function regionWeights(
  regions: readonly Region[],
  frame: Size,
  n: number,
  grid: number,
): Float32Array {
  const out = new Float32Array(regions.length * n * grid * grid);
  for (const [r, region] of regions.entries()) {
    const { across, down } = cover(region, frame, { width: grid, height: grid });
    const total = sum(across) * sum(down);
    if (total === 0)
      throw new RangeError(
        `regionWeights: the box [${region.box}] lies outside of ${frame.width} x ${frame.height}`,
      );
    const at = (r * n + region.image) * grid * grid;
    down.forEach((y, i) => {
      across.forEach((x, j) => {
        out[at + i * grid + j] = (x * y) / total;
      });
    });
  }
  return out;
}

/**
 * Weights of the cells of n latent grids, [n, height, width], 1 on average over each picture: a cell that people fill
 * weighs `weight` times as much as one without.
 */
export function peopleWeights(
  regions: readonly Region[],
  frame: Size,
  n: number,
  grid: Size,
  weight: number,
): Float32Array {
  const size = grid.width * grid.height;
  const out = new Float32Array(n * size).fill(1);
  for (const region of regions) {
    const { across, down } = cover(region, frame, grid);
    down.forEach((y, i) => {
      across.forEach((x, j) => {
        const at = region.image * size + i * grid.width + j;
        out[at] = Math.max(out[at] as number, 1 + (weight - 1) * x * y);
      });
    });
  }
  for (let i = 0; i < n; i++) {
    const picture = out.subarray(i * size, (i + 1) * size);
    const mean = sum(picture) / size;
    picture.forEach((v, j) => {
      picture[j] = v / mean;
    });
  }
  return out;
}

/** How much of each column and of each row of a grid over the frame a person covers. */
function cover(
  { box, mirrored }: Region,
  frame: Size,
  grid: Size,
): { readonly across: number[]; readonly down: number[] } {
  const [w, h] = [box[2] - box[0], box[3] - box[1]];
  const left = ((box[0] - reach.side * w) / frame.width) * grid.width;
  const right = ((box[2] + reach.side * w) / frame.width) * grid.width;
  const top = ((box[1] - reach.above * h) / frame.height) * grid.height;
  const bottom = ((box[3] + reach.below * h) / frame.height) * grid.height;
  return {
    across: overlaps(mirrored ? [grid.width - right, grid.width - left] : [left, right], grid.width),
    down: overlaps([top, bottom], grid.height),
  };
}

/** How much of each of the unit intervals 0 .. n lies within an interval. */
function overlaps([from, to]: readonly [number, number], n: number): number[] {
  return Array.from({ length: n }, (_, i) => Math.max(0, Math.min(to, i + 1) - Math.max(from, i)));
}

const sum = (list: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < list.length; i++) total += list[i] as number;
  return total;
};
