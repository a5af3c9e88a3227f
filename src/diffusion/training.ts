import type { Random } from '../random/index.ts';
import type { PredictionType } from './prediction.ts';

/** How training draws timesteps. */
export type TimestepDistribution =
  | { readonly kind: 'uniform' }
  /** Sigmoid of a normal number (Esser et al. 2024, section 3.1): more of the middle timesteps. */
  | { readonly kind: 'logit-normal'; readonly mean?: number; readonly deviation?: number };

/** One training timestep, 0 .. total - 1, a sample. */
export function trainingTimesteps(
  random: Random,
  batch: number,
  distribution: TimestepDistribution = { kind: 'uniform' },
  total = 1000,
): Int32Array {
  const one = (): number => {
    if (distribution.kind === 'uniform') return random.int(total);
    const { mean = 0, deviation = 1 } = distribution;
    const u = 1 / (1 + Math.exp(-(mean + deviation * random.normal())));
    return Math.min(Math.floor(u * total), total - 1);
  };
  return Int32Array.from({ length: batch }, one);
}

/**
 * The weight of a sample's mean squared error: min(SNR, gamma) on the error of x_0, in terms of what the model
 * predicts ("Efficient diffusion training via min-SNR weighting", Hang et al. 2023; gamma = 5 there).
 * SNR = alphaBar / (1 - alphaBar); at alphaBar 0 the limit is taken.
 */
export function minSnrWeight(alphaBar: number, gamma: number, predictionType: PredictionType): number {
  const snr = alphaBar / (1 - alphaBar);
  const capped = Math.min(snr, gamma);
  switch (predictionType) {
    case 'sample':
      return capped;
    case 'epsilon': // |eps error|^2 = SNR |x_0 error|^2
      return snr === 0 ? 1 : snr === Infinity ? 0 : capped / snr;
    case 'v_prediction': // |v error|^2 = (SNR + 1) |x_0 error|^2
      return snr === Infinity ? 0 : capped / (snr + 1);
  }
}

/**
 * Noise with an offset: `strength` times one normal number a sample and channel is added to all of that
 * channel's values, which lets a model learn overall brightness (paper, section 4: strength 0.05).
 */
export function offsetNoise(
  noise: Float32Array, // [b, c, ...]
  shape: readonly number[],
  strength: number,
  random: Random,
): Float32Array {
  const [batch = 1, channels = 1] = shape;
  const planes = batch * channels;
  const size = noise.length / planes;
  if (noise.length !== shape.reduce((a, b) => a * b, 1)) {
    throw new RangeError(`offsetNoise: shape [${shape}] does not fit ${noise.length} values`);
  }
  const offsets = random.normals(planes); // [b, c]
  return noise.map((e, i) => e + strength * offsets[Math.floor(i / size)]!);
}
