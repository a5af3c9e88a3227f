import { type ConfigJson, fileOf, fromFile } from '../base/index.ts';
import { createScheduler, type Scheduler } from '../diffusion/index.ts';

/** The names that `RunSettings.sampler` and `--sampler` take. */
export const samplerNames = ['ddpm', 'ddim', 'euler', 'dpm++'] as const;

/** A sampler's name: one of `samplerNames`. */
export type SamplerName = (typeof samplerNames)[number];

/** The keys of a `scheduler_config.json` that choose each sampler. */
export const samplers: Readonly<Record<SamplerName, ConfigJson>> = {
  ddpm: { _class_name: 'DDPMScheduler' },
  ddim: { _class_name: 'DDIMScheduler' },
  euler: { _class_name: 'EulerDiscreteScheduler' },
  'dpm++': {
    _class_name: 'DPMSolverMultistepScheduler',
    algorithm_type: 'dpmsolver++',
    solver_order: 2,
    final_sigmas_type: 'zero',
  },
};

/**
 * The scheduler of a `scheduler_config.json`, as it stands or with another sampler over the same noise schedule.
 * `overrides` are single keys of the config, after the sampler's. Throws a `ConfigError` that names a wrong key.
 */
export function samplerOf(config: ConfigJson, name?: SamplerName, overrides: ConfigJson = {}): Scheduler {
  const json = { ...config, ...(name ? samplers[name] : {}), ...overrides };
  return createScheduler(fromFile(json, fileOf(config)));
}
