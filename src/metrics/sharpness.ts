import { meanAbsoluteLaplacian } from './detail.ts';
import type { Grey } from './grey.ts';
import { peakNeighbours, periodEnergy, periodPeak } from './periodicity.ts';

/** Periods at which decoders leave dots, in pixels: their upsampling, and twice that. */
const periods = [4, 8] as const;
/** All periods that are measured. */
const measured = [...new Set(periods.flatMap((period) => [period, ...peakNeighbours(period)]))];

/** What is measured of one picture. */
export interface Sharpness {
  /** See `meanAbsoluteLaplacian`. */
  readonly laplacian: number;
  /** See `periodEnergy`, at fixed periods. */
  readonly energies: readonly number[];
}

export function sharpnessOf(grey: Grey): Sharpness {
  return { laplacian: meanAbsoluteLaplacian(grey), energies: measured.map((p) => periodEnergy(grey, p)) };
}

/** How sharp pictures are beside the true ones; 1 is as the truth. */
export interface RelativeSharpness {
  /** Mean absolute Laplacian over that of the true pictures. */
  readonly detail: number;
  /** Spectral energy over that of the true pictures, at a period of 4 or of 8 pixels, whichever is more. */
  readonly dots: number;
  /** The same of `periodPeak`: dots stand out although the rest of a spectrum is soft. */
  readonly peak: number;
}

/**
 * Compares the means over many pictures.
 * @throws RangeError where there are none
 */
export function relativeSharpness(
  pictures: readonly Sharpness[],
  truth: readonly Sharpness[],
): RelativeSharpness {
  if (pictures.length === 0 || truth.length === 0)
    throw new RangeError(`relativeSharpness: got ${pictures.length} pictures and ${truth.length} true ones`);
  const energy = (of: readonly Sharpness[], period: number): number =>
    meanOf(of.map(({ energies }) => energies[measured.indexOf(period)] as number));
  const largest = (ratio: (period: number) => number): number => Math.max(...periods.map(ratio));
  const peak = (of: readonly Sharpness[], period: number): number =>
    periodPeak((at) => energy(of, at), period);
  return {
    detail: meanOf(pictures.map((p) => p.laplacian)) / meanOf(truth.map((t) => t.laplacian)),
    dots: largest((period) => energy(pictures, period) / energy(truth, period)),
    peak: largest((period) => peak(pictures, period) / peak(truth, period)),
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
