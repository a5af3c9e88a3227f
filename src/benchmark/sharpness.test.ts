import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Image, newImage, writePng } from '../media/index.ts';
import { Random } from '../random/index.ts';
import type { PictureSet } from './render.ts';
import { comparePixels, type PixelFigures, sharpnessRows } from './sharpness.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sharpness-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Grey noise about 128 whose contrast is divided by `divisor`. */
function noise(seed: number, divisor: number): Image {
  const image = newImage(64, 48);
  const values = Random.of(seed, 'noise').normals(64 * 48);
  image.data.set(
    Uint8Array.from(image.data, (_, i) => 128 + Math.round((40 * values[Math.floor(i / 3)]!) / divisor)),
  );
  return image;
}

async function write(name: string, divisor: number): Promise<PictureSet> {
  const paths = [0, 1].map((s) => join(folder, `${name}-${s}.png`));
  for (const [s, path] of paths.entries()) await writePng(path, noise(s, divisor));
  return { key: name, pictures: [paths] };
}

async function compared(set: PictureSet, truth: PictureSet): Promise<PixelFigures> {
  const steps = comparePixels('pixels', join(folder, 'cache'), set, truth);
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
    expect(value).toEqual({ type: 'part', part: 'pixels', done: 2, total: 2 });
  }
}

describe('comparePixels', () => {
  it('says how sharp pictures are, and takes it from the cache the second time', async () => {
    const truth = await write('truth', 1);
    expect(await compared(truth, truth)).toEqual({ detail: 1, dots: 1, peak: 1, ssim: expect.closeTo(1, 9) });
    const soft = await write('soft', 2);
    const first = await compared(soft, truth);
    expect(first.detail).toBeCloseTo(0.5, 1);
    expect(first.dots).toBeCloseTo(0.25, 1);
    expect(first.peak).toBeCloseTo(1, 1);
    expect(first.ssim).toBeLessThan(0.85);
    await rm(soft.pictures[0]![0] as string);
    expect(await compared(soft, truth)).toEqual(first);
  });
});

describe('sharpnessRows', () => {
  it('judges detail, place and dots, with what comes before as ceilings', () => {
    const of = (detail: number): PixelFigures => ({ detail, dots: 1.2, peak: 1, ssim: detail / 2 });
    const rows = sharpnessRows({ vae: of(0.9), reconstruction: of(0.8), 'zero-shot': of(0.7) });
    expect(rows.map(({ figure, ceilings, bar, met }) => [figure, ceilings, bar, met]).slice(0, 7)).toEqual([
      [0.9, { truth: 1 }, 'at least 0.850', true],
      [0.8, { truth: 1, VAE: 0.9 }, undefined, undefined],
      [0.7, { truth: 1, VAE: 0.9, 'true tokens': 0.8 }, 'at least 0.750', false],
      [0.45, { truth: 1 }, undefined, undefined],
      [0.4, { truth: 1, VAE: 0.45 }, undefined, undefined],
      [0.35, { truth: 1, VAE: 0.45, 'true tokens': 0.4 }, undefined, undefined],
      [1.2, { truth: 1 }, 'at most 1.100', false],
    ]);
    expect(rows.slice(9).map((r) => r.met)).toEqual([true, true, true]);
  });
});
