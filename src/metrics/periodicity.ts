import type { Grey } from './grey.ts';

/** Pixels of a window; whole periods of 4 and 8 pixels fit in. */
const length = 32;
const hop = length / 2;

/**
 * Spectral energy of a picture at a period: the mean squared magnitude of the Fourier transform at that period over
 * Hann windows of 32 pixels along all rows and all columns, every 16 pixels, in squared grey levels. Upsampling layers
 * leave patterns whose period is the upsampling's factor (Odena et al., 2016, "Deconvolution and Checkerboard Artifacts"):
 * dots, which count as fine detail elsewhere and are seen here. A sine of amplitude A along the rows alone gives A^2 / 2,
 * the mean of A^2 along rows and 0 along columns.
 * @param period in pixels, 2 .. 32
 * @throws RangeError where a side is below 32 pixels, or for other periods
 */
export function periodEnergy({ width, height, data }: Grey, period: number): number {
  if (width < length || height < length)
    throw new RangeError(`periodEnergy: a picture needs ${length} pixels a side, got ${width}x${height}`);
  if (!(period >= 2 && period <= length))
    throw new RangeError(`periodEnergy: expected a period of 2 to ${length} pixels, got ${period}`);
  const { real, imaginary } = wave(period);
  /** The mean over lines of `size` pixels that lie `step` apart; `count` lines, `across` apart. */
  const along = (size: number, step: number, count: number, across: number): number => {
    let sum = 0;
    let windows = 0;
    for (let line = 0; line < count; line++) {
      for (let from = 0; from + length <= size; from += hop) {
        let [re, im] = [0, 0];
        for (let i = 0; i < length; i++) {
          const value = data[line * across + (from + i) * step]!;
          re += value * real[i]!;
          im += value * imaginary[i]!;
        }
        sum += re * re + im * im;
        windows++;
      }
    }
    return sum / windows;
  };
  return (along(width, 1, height, width) + along(height, width, width, 1)) / 2;
}

/**
 * How far a period stands out of a spectrum: its energy over the geometric mean of the energies two bins of the 32-pixel
 * window beside it (periods 3.2 and 5.33 for 4; 5.33 and 16 for 8). What is merely soft has as much as what is sharp; dots
 * raise it.
 * @param energyAt the energy at a period, of one picture or the mean over many
 */
export function periodPeak(energyAt: (period: number) => number, period: number): number {
  const [below, above] = peakNeighbours(period);
  return energyAt(period) / Math.sqrt(energyAt(below) * energyAt(above));
}

/** The periods that `periodPeak` compares with, shorter first. */
export function peakNeighbours(period: number): [below: number, above: number] {
  return [length / (length / period + 2), length / (length / period - 2)];
}

/** Hann-windowed cosine and sine of a period without their mean, scaled so that a sine of amplitude A gives A^2. */
function wave(period: number): { readonly real: Float64Array; readonly imaginary: Float64Array } {
  const hann = Float64Array.from({ length }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / length) ** 2);
  const total = hann.reduce((a, b) => a + b, 0);
  const windowed = (f: (x: number) => number): Float64Array => {
    const values = hann.map((w, i) => (2 * w * f((2 * Math.PI * i) / period)) / total);
    const mean = values.reduce((a, b) => a + b, 0) / total;
    return values.map((v, i) => v - mean * hann[i]!); // blind to the window's mean level
  };
  return { real: windowed(Math.cos), imaginary: windowed(Math.sin) };
}
