import type { Region } from './regions.ts';

/** What a face detector is to say of each cell of n pictures; see `FaceMap`. */
export interface FaceCells {
  /** 1 where a face is, else 0 [n, 1, h, w]. */
  readonly scores: Float32Array;
  /** Logarithms of the distances to the sides in cells, 0 where no face is [n, 4, h, w]. */
  readonly sides: Float32Array;
  /** Number of cells with a face. */
  readonly count: number;
}

/** The middle half of a box belongs to its face; of faces that overlap the smaller one, which is in front or far off. */
const middle = 0.25;

/**
 * Targets for boxes in frames of `frame.width`: cells whose centres lie in the middle of a face, and always the one with
 * the face's centre (centre sampling as in FCOS).
 */
export function faceCells(
  regions: readonly Region[],
  frame: { readonly width: number },
  n: number,
  grid: { readonly width: number; readonly height: number; readonly cell: number },
): FaceCells {
  const { width, height, cell } = grid;
  const size = width * height;
  const scores = new Float32Array(n * size);
  const sides = new Float32Array(n * 4 * size);
  const area = ({ box }: Region): number => (box[2] - box[0]) * (box[3] - box[1]);
  let count = 0;
  for (const { image, box, mirrored } of regions.toSorted((a, b) => area(b) - area(a))) {
    const [x0, y0, x1, y1] = (
      mirrored ? [frame.width - box[2], box[1], frame.width - box[0], box[3]] : box
    ).map((v) => v / cell) as [number, number, number, number];
    const [cx, cy] = [Math.floor((x0 + x1) / 2), Math.floor((y0 + y1) / 2)];
    const isInside = (v: number, low: number, high: number): boolean =>
      v > low + middle * (high - low) && v < high - middle * (high - low);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isMiddle = isInside(x + 0.5, x0, x1) && isInside(y + 0.5, y0, y1);
        if (!isMiddle && !(x === cx && y === cy)) continue;
        const at = y * width + x;
        const distances = [x + 0.5 - x0, y + 0.5 - y0, x1 - x - 0.5, y1 - y - 0.5];
        if (scores[image * size + at] === 0) count++;
        scores[image * size + at] = 1;
        distances.forEach((d, side) => {
          sides[(image * 4 + side) * size + at] = Math.log(Math.max(d, 0.1));
        });
      }
    }
  }
  return { scores, sides, count };
}
