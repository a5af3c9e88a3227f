import { type ConfigJson, configError } from '../base/index.ts';
import { readDdimConfig, readDdpmConfig, readDpmSolverConfig, readEulerConfig } from './configs.ts';
import { ddim } from './ddim.ts';
import { ddpm } from './ddpm.ts';
import { dpmSolver } from './dpmSolver.ts';
import { euler } from './euler.ts';
import type { Scheduler, SchedulerName } from './scheduler.ts';

const classes: { readonly [K in SchedulerName]: (config: ConfigJson) => Scheduler } = {
  DDPMScheduler: (config) => ddpm(readDdpmConfig(config)),
  DDIMScheduler: (config) => ddim(readDdimConfig(config)),
  EulerDiscreteScheduler: (config) => euler(readEulerConfig(config)),
  DPMSolverMultistepScheduler: (config) => dpmSolver(readDpmSolverConfig(config)),
};

/**
 * The scheduler of a `scheduler_config.json` (see the runtime's `readConfig`), chosen by its `_class_name`. Throws a
 * ConfigError that names the file and key for a value or key it cannot honour.
 */
export function createScheduler(config: ConfigJson): Scheduler {
  const name = config._class_name;
  if (typeof name !== 'string' || !Object.hasOwn(classes, name)) {
    throw configError(
      config,
      `createScheduler: config key "_class_name" must be ${Object.keys(classes).join(', ')}; got ${JSON.stringify(name)}`,
    );
  }
  return classes[name as SchedulerName](config);
}
