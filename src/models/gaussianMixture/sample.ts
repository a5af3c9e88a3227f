import type { Random } from '../../random/index.ts';
import { type GaussianMixtureConfig, headSize, type ScaleParametrisation } from './config.ts';

/** One mixture in float64 on the host: `weights` k (normalised), `locations` and `stds` k x d, row-major. */
export interface HostMixture {
  /** Probabilities of the components; their sum is 1. */
  readonly weights: Float64Array;
  /** Means of the components. */
  readonly locations: Float64Array;
  /** Standard deviations of the components. */
  readonly stds: Float64Array;
}

/** Options of drawing from a mixture. */
export interface SampleOptions {
  /** Where the draws come from; needed unless `greedy` is set. */
  readonly random?: Random;
  /** Factor on the standard deviations, 1 by default; GIVT uses 0.9 .. 0.95. */
  readonly temperature?: number;
  /** Instead of a draw: the mixture's `mean`, or its `mode` (the component centre with the highest density). */
  readonly greedy?: 'mean' | 'mode';
  /** Scale of classifier-free guidance. */
  readonly guidance?: Guidance;
}

/** Guidance away from an unconditional prediction: p proportional to p_conditional^(1+w) / p_unconditional^w. */
export interface Guidance {
  /** w; 0 changes nothing. */
  readonly weight: number;
  /** The head's raw output without the condition, same layout and size. */
  readonly unconditional: Float32Array;
}

/** Reads one token's raw head output, k (2 d + 1) values, as a mixture. */
export function hostMixture(raw: Float32Array, config: GaussianMixtureConfig): HostMixture {
  const { components: k, dim: d, layout, scale, floor } = config;
  if (raw.length !== headSize(config)) {
    throw new RangeError(
      `hostMixture: ${k} components of width ${d} need ${headSize(config)} raw values, got ${raw.length}`,
    );
  }
  const meansFirst = layout === 'means-first';
  const logits = Float64Array.from(meansFirst ? raw.subarray(2 * k * d) : raw.subarray(0, k));
  const top = Math.max(...logits);
  const weights = logits.map((v) => Math.exp(v - top));
  const total = weights.reduce((a, b) => a + b, 0);
  const locations = new Float64Array(k * d);
  const stds = new Float64Array(k * d);
  for (let j = 0; j < k; j++) {
    const at = meansFirst ? j * d : k + 2 * j * d;
    const scaleAt = meansFirst ? (k + j) * d : at + d;
    for (let c = 0; c < d; c++) {
      locations[j * d + c] = raw[at + c] as number;
      stds[j * d + c] = hostStandardDeviation(raw[scaleAt + c] as number, scale, floor);
    }
  }
  return { weights: weights.map((v) => v / total), locations, stds };
}

/**
 * Draws a token [d] from one raw head output, by component and then by channel. With guidance, both mixtures share
 * the component index j (GIVT's factorisation): where `(1+w)/s_c^2 - w/s_u^2` is positive the guided channel is a
 * Gaussian with that precision, elsewhere it is the conditional one.
 */
export function sampleMixture(
  raw: Float32Array,
  config: GaussianMixtureConfig,
  options: SampleOptions = {},
): Float32Array {
  const { random, temperature = 1, greedy, guidance } = options;
  if (!(temperature >= 0)) {
    throw new RangeError(`sampleMixture: temperature must be 0 or more, got ${temperature}`);
  }
  const d = config.dim;
  const conditional = hostMixture(raw, config);
  const mixture = guidance
    ? guide(conditional, hostMixture(guidance.unconditional, config), guidance.weight)
    : conditional;
  const out = new Float32Array(d);
  if (greedy === 'mean') {
    mixture.weights.forEach((w, j) => {
      for (let c = 0; c < d; c++) out[c] = (out[c] as number) + w * (mixture.locations[j * d + c] as number);
    });
    return out;
  }
  if (greedy === 'mode') {
    const j = densestCentre(mixture, d);
    return Float32Array.from(mixture.locations.subarray(j * d, (j + 1) * d));
  }
  if (!random) throw new TypeError("sampleMixture: expected a `random` stream, or greedy 'mean' or 'mode'");
  const j = pickIndex(mixture.weights, random.uniform());
  const noise = random.normals(d);
  for (let c = 0; c < d; c++) {
    const spread = (mixture.stds[j * d + c] as number) * temperature;
    out[c] = (mixture.locations[j * d + c] as number) + spread * (noise[c] as number);
  }
  return out;
}

/** The guided components; the weights stay the conditional ones. */
function guide(conditional: HostMixture, unconditional: HostMixture, w: number): HostMixture {
  const locations = conditional.locations.slice();
  const stds = conditional.stds.slice();
  for (let i = 0; i < locations.length; i++) {
    const precise = (1 + w) / (conditional.stds[i] as number) ** 2;
    const opposing = w / (unconditional.stds[i] as number) ** 2;
    const precision = precise - opposing;
    if (!(precision > 0)) continue;
    const pull =
      precise * (conditional.locations[i] as number) - opposing * (unconditional.locations[i] as number);
    locations[i] = pull / precision;
    stds[i] = 1 / Math.sqrt(precision);
  }
  return { weights: conditional.weights, locations, stds };
}

/** The component whose centre has the highest density under its own Gaussian times its weight. */
function densestCentre({ weights, stds }: HostMixture, d: number): number {
  let best = 0;
  let height = -Infinity;
  weights.forEach((w, j) => {
    let h = Math.log(w);
    for (let c = 0; c < d; c++) h -= Math.log(stds[j * d + c] as number);
    if (h > height) [best, height] = [j, h];
  });
  return best;
}

/** The index at which the running sum of the weights passes u, a number in [0, 1). */
function pickIndex(weights: Float64Array, u: number): number {
  let total = 0;
  for (let j = 0; j < weights.length; j++) {
    total += weights[j] as number;
    if (u < total) return j;
  }
  // Rounding may leave the sum just below 1: the last component that has any weight.
  return weights.findLastIndex((w) => w > 0);
}

/** `standardDeviation` of the graph, for one number. */
function hostStandardDeviation(x: number, kind: ScaleParametrisation, floor: number): number {
  switch (kind) {
    case 'squareplus': {
      const root = Math.sqrt(x * x + 4);
      return Math.max(x > 0 ? (x + root) / 2 : 2 / (root - x), floor);
    }
    case 'softplus_std':
      return softplus(x) + floor;
    case 'softplus_var':
      return Math.sqrt(softplus(x) + floor);
    case 'exp_var':
      return Math.exp(x / 2);
  }
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
