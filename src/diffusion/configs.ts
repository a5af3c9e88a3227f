import { configError } from '../base/index.ts';
import type { DpmAlgorithm, DpmSolverType } from './dpmSolverRules.ts';
import {
  type Fields,
  flag,
  integer,
  number,
  numberOrNull,
  numbersOrNull,
  oneOf,
  positiveInteger,
  readFields,
} from './fields.ts';
import type { PredictionType, RangeOptions } from './prediction.ts';
import type { BetaOptions } from './schedule.ts';
import type { TimestepSpacing } from './spacing.ts';

/**
 * The configs of published checkpoints (`scheduler_config.json`, diffusers 0.29.2): keys and defaults are
 * theirs, class by class.
 */

/** Keys that all schedulers have, named and defaulted as in diffusers 0.29.2. */
export interface WalkConfig extends BetaOptions {
  /** What the model predicts. */
  readonly prediction_type: PredictionType;
  /** How the steps of a walk are spread over the training timesteps. */
  readonly timestep_spacing: TimestepSpacing;
  /** Added to the timesteps of "leading" spacing. */
  readonly steps_offset: number;
}

/** Config of DDPMScheduler (Ho et al., 2020) as in diffusers 0.29.2. */
export interface DdpmConfig extends WalkConfig, RangeOptions {
  /** Variance of the noise that a step adds. */
  readonly variance_type: 'fixed_small' | 'fixed_small_log' | 'fixed_large';
}

/** Config of DDIMScheduler (Song et al., 2020) as in diffusers 0.29.2. */
export interface DdimConfig extends WalkConfig, RangeOptions {
  /** alphaBar after the last step is 1; else that of timestep 0. */
  readonly set_alpha_to_one: boolean;
}

/** Config of EulerDiscreteScheduler (Karras et al., 2022, algorithm 2) as in diffusers 0.29.2. */
export interface EulerConfig extends WalkConfig {
  /** How sigmas between training timesteps are interpolated. */
  readonly interpolation_type: 'linear' | 'log_linear';
  /** Whether the sigmas are spaced as in Karras et al., 2022, equation 5. */
  readonly use_karras_sigmas: boolean;
  /** The range of karras sigmas; null for that of the spaced ones. */
  readonly sigma_min: number | null;
  /** See `sigma_min`. */
  readonly sigma_max: number | null;
  /** Whether the model receives a timestep or 0.25 log(sigma). */
  readonly timestep_type: 'discrete' | 'continuous';
  /** The sigma after the last step. */
  readonly final_sigmas_type: 'zero' | 'sigma_min';
}

/** Config of DPMSolverMultistepScheduler (Lu et al., 2022) as in diffusers 0.29.2. */
export interface DpmSolverConfig extends WalkConfig, Omit<RangeOptions, 'clip_sample' | 'clip_sample_range'> {
  /** Order of the multistep solver. */
  readonly solver_order: 1 | 2 | 3;
  /** Which ODE or SDE is solved. */
  readonly algorithm_type: DpmAlgorithm;
  /** Form of the second-order step. */
  readonly solver_type: DpmSolverType;
  /** Whether the last steps use lower orders when a walk has fewer than 15 steps. */
  readonly lower_order_final: boolean;
  /** Whether the last step is of first order. */
  readonly euler_at_final: boolean;
  /** Whether the sigmas are spaced as in Karras et al., 2022, equation 5. */
  readonly use_karras_sigmas: boolean;
  /** Whether the steps are uniform in log(alpha / sigma) (Lu et al., 2022). */
  readonly use_lu_lambdas: boolean;
  /** The sigma after the last step. */
  readonly final_sigmas_type: 'zero' | 'sigma_min';
  /** Timesteps with a smaller lambda = log(alpha / sigma) are left out. */
  readonly lambda_min_clipped: number;
  /** Always null: learned variances are not supported. */
  readonly variance_type: null;
}

const betas: Fields<BetaOptions> = {
  num_train_timesteps: positiveInteger(1000),
  beta_start: number(0.0001),
  beta_end: number(0.02),
  beta_schedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2'),
  trained_betas: numbersOrNull(),
  rescale_betas_zero_snr: flag(false),
};

const walk = (spacing: TimestepSpacing): Fields<WalkConfig> => ({
  ...betas,
  prediction_type: oneOf<PredictionType>('epsilon', 'sample', 'v_prediction'),
  timestep_spacing: oneOf<TimestepSpacing>(spacing, 'linspace', 'leading', 'trailing'),
  steps_offset: integer(0),
});

const thresholding: Fields<Omit<RangeOptions, 'clip_sample' | 'clip_sample_range'>> = {
  thresholding: flag(false),
  dynamic_thresholding_ratio: number(0.995),
  sample_max_value: number(1),
};

const range: Fields<RangeOptions> = {
  ...thresholding,
  clip_sample: flag(true),
  clip_sample_range: number(1),
};

const ddpmFields: Fields<DdpmConfig> = {
  ...walk('leading'),
  ...range,
  variance_type: oneOf('fixed_small', 'fixed_small_log', 'fixed_large'),
};

const ddimFields: Fields<DdimConfig> = { ...walk('leading'), ...range, set_alpha_to_one: flag(true) };

const eulerFields: Fields<EulerConfig> = {
  ...walk('linspace'),
  interpolation_type: oneOf('linear', 'log_linear'),
  use_karras_sigmas: flag(false),
  sigma_min: numberOrNull(null),
  sigma_max: numberOrNull(null),
  timestep_type: oneOf('discrete', 'continuous'),
  final_sigmas_type: oneOf('zero', 'sigma_min'),
};

const dpmSolverFields: Fields<DpmSolverConfig> = {
  ...walk('linspace'),
  ...thresholding,
  solver_order: oneOf<1 | 2 | 3>(2, 1, 3),
  algorithm_type: oneOf<DpmAlgorithm>('dpmsolver++', 'sde-dpmsolver++', 'dpmsolver', 'sde-dpmsolver'),
  solver_type: oneOf('midpoint', 'heun'),
  lower_order_final: flag(true),
  euler_at_final: flag(false),
  use_karras_sigmas: flag(false),
  use_lu_lambdas: flag(false),
  final_sigmas_type: oneOf('zero', 'sigma_min'),
  lambda_min_clipped: number(-Infinity),
  variance_type: oneOf(null),
};

/**
 * Keys of sibling classes, which published configs carry along, at the values where leaving them out is what
 * they mean. A walk that clips, say, cannot be read as one that does not.
 */
const siblings: Readonly<Record<string, 'any' | readonly unknown[]>> = {
  skip_prk_steps: 'any',
  set_alpha_to_one: 'any',
  clip_sample: [false],
  clip_sample_range: 'any',
  thresholding: [false],
  dynamic_thresholding_ratio: 'any',
  sample_max_value: 'any',
  variance_type: [null, 'fixed_small'],
  interpolation_type: ['linear'],
  timestep_type: ['discrete'],
  use_karras_sigmas: [false, null],
  use_exponential_sigmas: [false, null],
  use_beta_sigmas: [false, null],
  use_flow_sigmas: [false, null],
  use_lu_lambdas: [false, null],
  use_dynamic_shifting: [false, null],
  time_shift_type: 'any',
  flow_shift: 'any',
  sigma_min: [null],
  sigma_max: [null],
  final_sigmas_type: ['zero'],
  solver_order: 'any',
  solver_type: 'any',
  algorithm_type: 'any',
  lower_order_final: 'any',
  euler_at_final: 'any',
  lambda_min_clipped: 'any',
};

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a parsed `scheduler_config.json` of DDPMScheduler (diffusers 0.29.2). Missing keys take its defaults.
 * @throws {ConfigError} that names the key, for a value that is not supported and for a key that no scheduler has.
 */
export function readDdpmConfig(config: Json): DdpmConfig {
  return readFields('DDPMScheduler', config, ddpmFields, siblings);
}

/**
 * Reads a parsed `scheduler_config.json` of DDIMScheduler (diffusers 0.29.2). Missing keys take its defaults.
 * @throws {ConfigError} that names the key, for a value that is not supported and for a key that no scheduler has.
 */
export function readDdimConfig(config: Json): DdimConfig {
  return readFields('DDIMScheduler', config, ddimFields, siblings);
}

/**
 * Reads a parsed `scheduler_config.json` of EulerDiscreteScheduler (diffusers 0.29.2). Missing keys take its defaults.
 * @throws {ConfigError} that names the key, for a value that is not supported and for a key that no scheduler has.
 */
export function readEulerConfig(config: Json): EulerConfig {
  return readFields('EulerDiscreteScheduler', config, eulerFields, siblings);
}

/** Further rejects the two combinations that have no rule: see the errors. */
export function readDpmSolverConfig(config: Json): DpmSolverConfig {
  const who = 'DPMSolverMultistepScheduler';
  const read = readFields(who, config, dpmSolverFields, siblings);
  if (!read.algorithm_type.endsWith('++') && read.final_sigmas_type === 'zero') {
    throw configError(
      config,
      `${who}: config key "final_sigmas_type" must be "sigma_min" with algorithm_type ` +
        `"${read.algorithm_type}", whose last step would divide by zero; got "zero"`,
    );
  }
  if (read.algorithm_type.startsWith('sde-') && read.solver_order === 3) {
    throw configError(
      config,
      `${who}: config key "solver_order" must be 1 or 2 with algorithm_type "${read.algorithm_type}", got 3`,
    );
  }
  return read;
}
