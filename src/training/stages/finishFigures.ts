import { type FrameSet, frameImage } from '../../corpus/index.ts';
import { f32 } from '../../graph/index.ts';
import type { ImageCodec } from '../../inference/index.ts';
import { fromTensor, type Image } from '../../media/index.ts';
import {
  type Grey,
  greyOf,
  meanAbsoluteLaplacian,
  periodEnergy,
  periodPeak,
  structuralSimilarity,
} from '../../metrics/index.ts';

/** Latents that a decoder is given: encoded frames, and as the renderer paints them. */
export type LatentKind = 'vae' | 'tokens' | 'generated';

/** The rows of some latents. */
export interface LatentRows {
  batch(rows: readonly number[]): Float32Array;
}

export type LatentSets = { readonly [K in LatentKind]?: LatentRows };

/** Periods at which dots lie: the decoder's upsampling, and twice that. */
const periods = [4, 8] as const;

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
 * How a decoder paints some frames from each kind of latents, against the true ones: `Detail` (mean absolute Laplacian over
 * the truth's), `Ssim`, `Dots` (the larger energy at periods of 4 and 8 pixels over the truth's), `Peak` (how far those
 * stand out of the spectrum, over the truth) and `Error` (mean absolute difference in levels of 255).
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
  const grey = pairs.map(({ image, truth }) => ({ a: greyOf(image), b: greyOf(truth) }));
  const mean = (f: (pair: { a: Grey; b: Grey }) => number): number =>
    grey.reduce((sum, pair) => sum + f(pair), 0) / grey.length;
  const ratio = (f: (g: Grey) => number): number => mean(({ a }) => f(a)) / mean(({ b }) => f(b));
  const worst = (f: (period: number) => number): number => Math.max(...periods.map(f));
  const peak = (which: 'a' | 'b', period: number): number =>
    periodPeak((at) => mean((pair) => periodEnergy(pair[which], at)), period);
  const errors = pairs.map(({ image, truth }) => {
    let sum = 0;
    for (let i = 0; i < truth.data.length; i++) sum += Math.abs(image.data[i]! - truth.data[i]!);
    return sum / truth.data.length;
  });
  return {
    Detail: ratio(meanAbsoluteLaplacian),
    Ssim: mean(({ a, b }) => structuralSimilarity(a, b)),
    Dots: worst((period) => ratio((g) => periodEnergy(g, period))),
    Peak: worst((period) => peak('a', period) / peak('b', period)),
    Error: errors.reduce((a, b) => a + b, 0) / errors.length,
  };
}
