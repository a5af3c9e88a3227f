import type { Grey } from './grey.ts';

/**
 * Fine detail of a picture: the mean absolute value of the 4-neighbour Laplacian (4 times a pixel less its neighbours)
 * over all pixels that have four neighbours, in grey levels. 0 for a picture of one colour or of an even gradient.
 * @throws RangeError where a picture has fewer than 3 rows or columns
 */
export function meanAbsoluteLaplacian({ width, height, data }: Grey): number {
  if (width < 3 || height < 3)
    throw new RangeError(`meanAbsoluteLaplacian: a picture needs 3 rows and columns, got ${width}x${height}`);
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const around = data[at - 1]! + data[at + 1]! + data[at - width]! + data[at + width]!;
      sum += Math.abs(4 * data[at]! - around);
    }
  }
  return sum / ((width - 2) * (height - 2));
}
