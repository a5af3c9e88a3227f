import { describe, expect, it } from 'vitest';
import { type Image, newImage } from '../../media/image.ts';
import { fidInceptionPixels, torchvisionInceptionPixels } from './inceptionPreprocess.ts';

/** Black to the left of column `at`, white from there on. */
function step(width: number, height: number, at: number): Image {
  const image = newImage(width, height);
  for (let i = 0; i < width * height; i++) if (i % width >= at) image.data.fill(255, i * 3, i * 3 + 3);
  return image;
}

/** The first row of the first channel. */
const row = (pixels: { readonly data: unknown }): Float32Array =>
  (pixels.data as Float32Array).subarray(0, 299);

// whole pictures are compared with torch's in fixtures/inception-v3
describe('pictures for an Inception-v3', () => {
  it.each([
    ['fid', fidInceptionPixels],
    ['torchvision', torchvisionInceptionPixels],
  ])('keep their colour, in -1 .. 1: %s', (_, pixels) => {
    const { shape, data } = pixels(newImage(400, 90, [255, 0, 51]));
    expect(shape).toEqual([1, 3, 299, 299]);
    const values = data as Float32Array;
    for (const [c, value] of [1, -1, -0.6].entries()) {
      const plane = values.subarray(c * 299 * 299, (c + 1) * 299 * 299);
      expect(Math.max(...plane.map((v) => Math.abs(v - value)))).toBeLessThan(1e-6);
    }
  });

  it('are seen whole by the network of FID, and cropped by torchvision', () => {
    const sides = step(684, 342, 171); // the first quarter is black
    expect(row(fidInceptionPixels(sides)).filter((v) => v < 0).length).toBe(75);
    expect(row(torchvisionInceptionPixels(sides)).every((v) => v === 1)).toBe(true); // it sees columns 192 to 490
  });

  it('are interpolated between the centres of pixels, the outer ones held', () => {
    const values = row(fidInceptionPixels(step(2, 2, 1)));
    expect([values[0], values[149], values[298]]).toEqual([-1, 0, 1]);
    expect(values[75]).toBeCloseTo(2 * ((75.5 * 2) / 299 - 0.5) - 1, 5);
    expect(values[74]).toBe(-1);
  });

  it('must have all of their bytes', () => {
    expect(() => fidInceptionPixels({ width: 4, height: 4, data: new Uint8Array(47) })).toThrow(
      /48 bytes, got 47/,
    );
  });
});
