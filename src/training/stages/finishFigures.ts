import { type FrameSet, frameImage } from '../../corpus/index.ts';
import { f32 } from '../../graph/index.ts';
import type { ImageCodec } from '../../inference/index.ts';
import { fromTensor, type Image } from '../../media/index.ts';
import { greyOf, relativeSharpness, sharpnessOf, structuralSimilarity } from '../../metrics/index.ts';

/** Latents that a decoder is given: encoded frames, and as the renderer paints them. */
export type LatentKind = 'vae' | 'tokens' | 'generated';

/** The rows of some latents. */
export interface LatentRows {
  batch(rows: readonly number[]): Float32Array;
}

export type LatentSets = { readonly [K in LatentKind]?: LatentRows };

/** A frame as a decoder paints it. */
export async function paint(
  codec: ImageCodec,
  set: FrameSet,
  latents: LatentRows,
  row: number,
): Promise<Image> {
  const { width, height } = set.options;
  const decoded = await codec.decode(latents.batch([row]), 1, width, height);
  return fromTensor(f32(decoded, [1, 3, height, width]))[0] as Image;
}

/**
 * How a decoder paints some frames from each kind of latents, beside the true ones: `Detail`, `Dots` and `Peak` as
 * `relativeSharpness` has them, `Ssim`, and `Error` (mean absolute difference in levels of 255); `vaeSsim`, for one.
 */
export async function decoderFigures(
  codec: ImageCodec,
  set: FrameSet,
  latents: LatentSets,
  rows: readonly number[],
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  const truths = new Map<number, Image>();
  for (const row of rows) truths.set(row, await frameImage(set, row));
  for (const [kind, given] of Object.entries(latents) as [LatentKind, LatentRows][]) {
    const pairs: { image: Image; truth: Image }[] = [];
    for (const row of rows)
      pairs.push({ image: await paint(codec, set, given, row), truth: truths.get(row) as Image });
    for (const [name, value] of Object.entries(compare(pairs))) figures[`${kind}${name}`] = value;
  }
  return figures;
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
