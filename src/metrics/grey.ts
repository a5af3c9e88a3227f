/** A picture as a metric reads it: [height, width, 3] bytes of red, green and blue. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Grey levels of a picture, 0 .. 255, [height, width]. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * Luma of a picture (ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue), 0 .. 255.
 * @throws RangeError where the bytes are not width x height x 3
 */
export function greyOf({ width, height, data }: Pixels): Grey {
  if (data.length !== width * height * 3)
    throw new RangeError(`greyOf: expected ${width}x${height}x3 bytes, got ${data.length}`);
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const at = 3 * i;
    grey[i] = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  }
  return { width, height, data: grey };
}

/** Fails where two pictures that are compared differ in size. */
export function checkSameSize(metric: string, a: Grey, b: Grey): void {
  if (a.width === b.width && a.height === b.height) return;
  throw new RangeError(
    `${metric}: expected two pictures of one size, got ${a.width}x${a.height} and ${b.width}x${b.height}`,
  );
}
