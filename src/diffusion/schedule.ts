/**
 * Noise schedules: x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) eps   (DDPM, Ho et al. 2020, equation 4).
 *
 * Published models were trained with float32 tables, so the tables here are rounded to float32 where theirs are;
 * arithmetic on them is float64.
 */

export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';

/** The tables of a schedule, one entry a training timestep. */
export interface NoiseSchedule {
  /** beta_t in (0, 1]. */
  readonly betas: Float32Array; // [T]
  /** alphaBar_t, the product of (1 - beta) up to and including t. */
  readonly alphasCumprod: Float32Array; // [T]
}

/** The variances that training adds, by timestep; keys as in diffusers 0.29.2. */
export interface BetaOptions {
  /** T. */
  readonly num_train_timesteps: number;
  /** Variance of the first timestep. */
  readonly beta_start: number;
  /** Variance of the last timestep. */
  readonly beta_end: number;
  /** How variances go from `beta_start` to `beta_end`. */
  readonly beta_schedule: BetaSchedule;
  /** Given betas; the three keys above are then not used. */
  readonly trained_betas: readonly number[] | null;
  /** Shift and scale the schedule to end in pure noise. */
  readonly rescale_betas_zero_snr: boolean;
}

const round = Math.fround;

/** The tables of a schedule. With `rescale_betas_zero_snr` the last alphaBar is 0 exactly. */
export function noiseSchedule(options: BetaOptions): NoiseSchedule {
  const betas = betaTable(options);
  const final = options.rescale_betas_zero_snr ? rescaleZeroTerminalSnr(betas) : betas;
  return { betas: final, alphasCumprod: cumulativeAlphas(final) };
}

function betaTable(o: BetaOptions): Float32Array {
  const steps = o.num_train_timesteps;
  if (o.trained_betas && o.trained_betas.length !== steps) {
    throw new RangeError(
      `noiseSchedule: trained_betas must have num_train_timesteps = ${steps} entries, got ${o.trained_betas.length}`,
    );
  }
  if (o.trained_betas) return Float32Array.from(o.trained_betas);
  switch (o.beta_schedule) {
    case 'linear':
      return linspace32(o.beta_start, o.beta_end, steps);
    case 'scaled_linear': // latent diffusion (Rombach et al. 2022): linear in sqrt(beta)
      return linspace32(Math.sqrt(o.beta_start), Math.sqrt(o.beta_end), steps).map((b) => b * b);
    case 'squaredcos_cap_v2':
      return cosineBetas(steps);
  }
}

/** Nichol & Dhariwal 2021, equation 17, with beta at most 0.999. */
function cosineBetas(steps: number): Float32Array {
  const alphaBar = (t: number) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float32Array.from({ length: steps }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / steps) / alphaBar(i / steps), 0.999),
  );
}

/** The running product of (1 - beta): accumulated in float64, each entry rounded. */
function cumulativeAlphas(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => {
    product *= round(1 - beta);
    return product;
  });
}

/** "Common diffusion noise schedules and sample steps are flawed" (Lin et al. 2023), algorithm 1. */
export function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumulativeAlphas(betas).map(Math.sqrt);
  const first = roots[0]!;
  const last = roots[roots.length - 1]!;
  const scale = round(first / round(first - last));
  const alphaBars = roots.map((root) => round(round(root - last) * scale) ** 2);
  return alphaBars.map((bar, t) => 1 - (t === 0 ? bar : round(bar / alphaBars[t - 1]!)));
}

/**
 * `n` even float32 steps from `start` to `end`, both included. Counts from the near end, as torch does, in
 * blocks of 8 lanes from a base rounded once: the order of roundings behind the tables of published models.
 */
export function linspace32(start: number, end: number, n: number): Float32Array {
  const [a, b] = [round(start), round(end)];
  const step = n > 1 ? round(round(b - a) / (n - 1)) : 0;
  const at = (i: number) => round(i < Math.floor(n / 2) ? a + step * i : b - step * (n - 1 - i));
  const whole = n - (n % 8);
  return Float32Array.from({ length: n }, (_, i) => {
    const lane = i < whole ? i % 8 : 0;
    return at(i - lane) + step * lane;
  });
}

/** sigma_t = sqrt((1 - alphaBar) / alphaBar), the noise level in the variance-exploding view. */
export function sigmaTable(alphasCumprod: Float32Array): Float32Array {
  return alphasCumprod.map((bar) => Math.sqrt(round(round(1 - bar) / bar)));
}

/**
 * The table that the sigma-based samplers use: with a zero-SNR schedule its last entry is 2^-24 rather than 0,
 * since sigma would be infinite there.
 */
export function finiteSigmaSchedule(schedule: NoiseSchedule): Float32Array {
  const bars = schedule.alphasCumprod.slice();
  const last = bars.length - 1;
  if (bars[last] === 0) bars[last] = 2 ** -24;
  return bars;
}

/**
 * Noises a batch: sqrt(alphaBar) x0 + sqrt(1 - alphaBar) eps, each sample at its own timestep.
 * `original` and `noise` hold `timesteps.length` samples of equal size one after the other.
 */
export function addNoise(
  schedule: NoiseSchedule,
  original: Float32Array, // [b, ...]
  noise: Float32Array, // [b, ...]
  timesteps: ArrayLike<number>, // [b]
): Float32Array {
  return mix('addNoise', schedule, timesteps, original, noise, (alpha, sigma, x, e) => alpha * x + sigma * e);
}

/** v = sqrt(alphaBar) eps - sqrt(1 - alphaBar) x0   (Salimans & Ho 2022, appendix D). Layout as in `addNoise`. */
export function velocity(
  schedule: NoiseSchedule,
  original: Float32Array, // [b, ...]
  noise: Float32Array, // [b, ...]
  timesteps: ArrayLike<number>, // [b]
): Float32Array {
  return mix('velocity', schedule, timesteps, original, noise, (alpha, sigma, x, e) => alpha * e - sigma * x);
}

function mix(
  who: string,
  { alphasCumprod }: NoiseSchedule,
  timesteps: ArrayLike<number>,
  a: Float32Array,
  b: Float32Array,
  combine: (alpha: number, sigma: number, a: number, b: number) => number,
): Float32Array {
  const size = a.length / timesteps.length;
  if (a.length !== b.length || !Number.isInteger(size)) {
    throw new RangeError(
      `${who}: expected samples and noise of equal length, a multiple of the ${timesteps.length} timesteps; ` +
        `got ${a.length} and ${b.length}`,
    );
  }
  const out = new Float32Array(a.length);
  for (let n = 0; n < timesteps.length; n++) {
    const bar = alphaBarAt(who, alphasCumprod, timesteps[n]!);
    const alpha = Math.sqrt(bar);
    const sigma = Math.sqrt(1 - bar);
    for (let i = n * size; i < (n + 1) * size; i++) out[i] = combine(alpha, sigma, a[i]!, b[i]!);
  }
  return out;
}

/** alphaBar at an integer timestep; throws a RangeError outside the table. */
export function alphaBarAt(who: string, alphasCumprod: Float32Array, timestep: number): number {
  const bar = alphasCumprod[timestep];
  if (bar === undefined) {
    throw new RangeError(
      `${who}: timestep ${timestep} is not an integer from 0 to ${alphasCumprod.length - 1}; ` +
        'fewer steps or a smaller steps_offset keep inside the schedule',
    );
  }
  return bar;
}
