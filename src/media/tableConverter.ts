import type { LumaWeights } from './colourMatrix.ts';
import { type Image, newImage } from './image.ts';

/** Takes planes of one size, [height, width]. */
type ToRgb = (y: Uint8Array, u: Uint8Array, v: Uint8Array, width: number, height: number) => Image;

/**
 * Conversion of YUV with 8 bits and chroma at each pixel to RGB by tables (ITU-T H.273, 8.3). It is `frameConverter`'s, but for
 * the rounding of green.
 */
export function tableConverter({ red, blue }: LumaWeights, fullRange: boolean): ToRgb {
  const green = 1 - red - blue;
  const table = (factor: number, zero: number): Float64Array =>
    Float64Array.from({ length: 256 }, (_, v) => (v - zero) * factor);
  const luma = table(fullRange ? 1 : 255 / 219, fullRange ? 0 : 16);
  const scale = fullRange ? 2 : 510 / 224;
  const [vRed, uBlue] = [table(scale * (1 - red), 128), table(scale * (1 - blue), 128)];
  const vGreen = vRed.map((r) => (red * r) / green);
  const uGreen = uBlue.map((b) => (blue * b) / green);
  return (y, u, v, width, height) => {
    const image = newImage(width, height);
    const rgb = new Uint8ClampedArray(image.data.buffer); // rounds as well
    for (let i = 0, to = 0; i < width * height; i++, to += 3) {
      const value = luma[y[i]!]!;
      const blueness = u[i]!;
      const redness = v[i]!;
      rgb[to] = value + vRed[redness]!;
      rgb[to + 1] = value - vGreen[redness]! - uGreen[blueness]!;
      rgb[to + 2] = value + uBlue[blueness]!;
    }
    return image;
  };
}
