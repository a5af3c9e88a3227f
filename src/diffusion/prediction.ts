import { type NoiseSchedule, velocity } from './schedule.ts';

/**
 * What a model predicts from x_t = alpha x_0 + sigma eps: the noise eps, x_0 itself ("sample"), or
 * v = alpha eps - sigma x_0 (Salimans & Ho 2022).
 */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction';

/** How x_0 is held to a range: not at all, clipped, or with Imagen's dynamic thresholding. */
export interface RangeOptions {
  /** Whether the predicted data are clipped to ± `clip_sample_range`. */
  readonly clip_sample: boolean;
  /** Largest magnitude of clipped data. */
  readonly clip_sample_range: number;
  /** Whether dynamic thresholding is used (Saharia et al., 2022). */
  readonly thresholding: boolean;
  /** Quantile of magnitudes that dynamic thresholding scales to 1. */
  readonly dynamic_thresholding_ratio: number;
  /** Largest threshold of dynamic thresholding. */
  readonly sample_max_value: number;
}

/** x_0 from a model's output at x_t, with alpha^2 + sigma^2 = 1. Infinite for `epsilon` at alpha 0. */
export function predictOriginal(
  type: PredictionType,
  alpha: number,
  sigma: number,
  sample: Float32Array, // [...]
  output: Float32Array, // [...]
): Float32Array {
  switch (type) {
    case 'epsilon':
      return sample.map((x, i) => (x - sigma * output[i]!) / alpha);
    case 'sample':
      return output.slice();
    case 'v_prediction':
      return sample.map((x, i) => alpha * x - sigma * output[i]!);
  }
}

/** The noise from a model's output at x_t; `sample` prediction needs sigma > 0. */
export function predictNoise(
  type: PredictionType,
  alpha: number,
  sigma: number,
  sample: Float32Array, // [...]
  output: Float32Array, // [...]
): Float32Array {
  switch (type) {
    case 'epsilon':
      return output.slice();
    case 'sample':
      return sample.map((x, i) => (x - alpha * output[i]!) / sigma);
    case 'v_prediction':
      return sample.map((x, i) => alpha * output[i]! + sigma * x);
  }
}

/** `predictOriginal` of `batch` samples, held to its range; thresholding goes before clipping. */
export function predictLimited(
  type: PredictionType,
  alpha: number,
  sigma: number,
  sample: Float32Array, // [batch, ...]
  output: Float32Array, // [batch, ...]
  batch: number,
  o: RangeOptions,
): Float32Array {
  if (type === 'epsilon' && alpha === 0 && (o.thresholding || !o.clip_sample)) {
    throw new RangeError(
      'at zero signal-to-noise ratio x_0 does not follow from epsilon; ' +
        'use prediction_type v_prediction or sample with rescale_betas_zero_snr',
    );
  }
  const x0 = predictOriginal(type, alpha, sigma, sample, output);
  if (o.thresholding) return dynamicThreshold(x0, batch, o.dynamic_thresholding_ratio, o.sample_max_value);
  if (!o.clip_sample) return x0;
  const range = o.clip_sample_range;
  return x0.map((x) => Math.min(Math.max(x, -range), range));
}

/**
 * Dynamic thresholding (Imagen, Saharia et al. 2022, section 2.3): each sample is clipped to its own `ratio`
 * quantile of |x|, s, and divided by s; s is held to [1, max].
 */
export function dynamicThreshold(
  original: Float32Array, // [batch, ...]
  batch: number,
  ratio: number,
  max: number,
): Float32Array {
  const size = original.length / batch;
  if (!Number.isInteger(size)) {
    throw new RangeError(
      `dynamicThreshold: ${original.length} values do not divide into a batch of ${batch}`,
    );
  }
  const out = new Float32Array(original.length);
  for (let n = 0; n < batch; n++) {
    const values = original.subarray(n * size, (n + 1) * size);
    const s = Math.min(Math.max(quantile(values.map(Math.abs).sort(), ratio), 1), max);
    out.set(
      values.map((x) => Math.min(Math.max(x, -s), s) / s),
      n * size,
    );
  }
  return out;
}

function quantile(sorted: Float32Array, q: number): number {
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  return low + (rank - Math.floor(rank)) * (sorted[Math.ceil(rank)]! - low);
}

/** What a model of a prediction type should output for x_0 and eps at each sample's timestep. */
export function trainingTarget(
  type: PredictionType,
  schedule: NoiseSchedule,
  original: Float32Array, // [b, ...]
  noise: Float32Array, // [b, ...]
  timesteps: ArrayLike<number>, // [b]
): Float32Array {
  switch (type) {
    case 'epsilon':
      return noise.slice();
    case 'sample':
      return original.slice();
    case 'v_prediction':
      return velocity(schedule, original, noise, timesteps);
  }
}
