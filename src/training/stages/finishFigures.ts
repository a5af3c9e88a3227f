import type { PaintedFrames } from '../../corpus/index.ts';
import type { ImageCodec } from '../../inference/index.ts';
import { contactSheet, type Image, resizeImage } from '../../media/index.ts';
import { greyOf, relativeSharpness, sharpnessOf, structuralSimilarity } from '../../metrics/index.ts';

/** Latents that a decoder is given: encoded frames, and as the renderer paints them. */
export type LatentKind = 'vae' | 'tokens' | 'generated';

/** The rows of some latents. */
export interface LatentRows {
  batch(rows: readonly number[]): Float32Array;
}

export type LatentSets = { readonly [K in LatentKind]?: LatentRows };

/** A frame as a decoder paints it, enlarged where it paints smaller pictures than the true ones are. */
async function paint(
  codec: ImageCodec,
  frames: PaintedFrames,
  latents: LatentRows,
  row: number,
): Promise<Image> {
  const { width, height } = frames.set.options;
  const [image] = await codec.paint(latents.batch([row]), 1, width, height);
  const isSmall = (image as Image).width < frames.width;
  return isSmall ? resizeImage(image as Image, frames.width, frames.height, 'bicubic') : (image as Image);
}

/**
 * How a decoder paints some frames from each kind of latents, beside the true ones: `Detail`, `Dots` and `Peak` as
 * `relativeSharpness` has them, `Ssim`, and `Error` (mean absolute difference in levels of 255); `vaeSsim`, for one.
 */
export async function decoderFigures(
  codec: ImageCodec,
  frames: PaintedFrames,
  latents: LatentSets,
  rows: readonly number[],
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  const truths: Image[] = [];
  for (const row of rows) truths.push(await frames.image(row));
  for (const [kind, given] of Object.entries(latents) as [LatentKind, LatentRows][]) {
    const pairs: { image: Image; truth: Image }[] = [];
    for (const [i, row] of rows.entries())
      pairs.push({ image: await paint(codec, frames, given, row), truth: truths[i] as Image });
    for (const [name, value] of Object.entries(compare(pairs))) figures[`${kind}${name}`] = value;
  }
  return figures;
}

/** Frames as drawn, then for two kinds of latents as painted before and now; one row a frame. */
export async function decoderSheet(
  [before, now]: readonly [before: ImageCodec, now: ImageCodec],
  frames: PaintedFrames,
  latents: LatentSets,
  rows: readonly number[],
): Promise<Image> {
  const shown = (['vae', 'generated', 'tokens'] as const).flatMap((kind) => latents[kind] ?? []).slice(0, 2);
  const images: Image[] = [];
  for (const row of rows) {
    images.push(await frames.image(row));
    for (const given of shown)
      for (const codec of [before, now]) images.push(await paint(codec, frames, given, row));
  }
  return contactSheet(images, { columns: 1 + 2 * shown.length });
}

function compare(pairs: readonly { readonly image: Image; readonly truth: Image }[]): Record<string, number> {
  const grey = pairs.map(({ image, truth }) => [greyOf(image), greyOf(truth)] as const);
  const { detail, dots, peak } = relativeSharpness(
    grey.map(([image]) => sharpnessOf(image)),
    grey.map(([, truth]) => sharpnessOf(truth)),
  );
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const ssim = mean(grey.map(([image, truth]) => structuralSimilarity(image, truth)));
  const error = mean(pairs.map(({ image, truth }) => meanDifference(image.data, truth.data)));
  return { Detail: detail, Ssim: ssim, Dots: dots, Peak: peak, Error: error };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}
