import type { DdpmConfig } from './configs.ts';
import { predictLimited } from './prediction.ts';
import { alphaBarAt, noiseSchedule } from './schedule.ts';
import { checkNoEta, checkStep, type Scheduler, type Trajectory } from './scheduler.ts';
import { checkSteps, integerTimesteps } from './spacing.ts';

/**
 * Ancestral sampling of "Denoising diffusion probabilistic models" (Ho et al. 2020): x_{t-1} is drawn from
 * q(x_{t-1} | x_t, x_0), equations 6 and 7, with the predicted x_0. Behaves as diffusers 0.29.2's DDPMScheduler.
 */
export function ddpm(config: DdpmConfig): Scheduler {
  const schedule = noiseSchedule(config);
  const total = schedule.betas.length;
  const timesteps = (steps: number): Float32Array => {
    checkSteps('DDPMScheduler', steps, total);
    return Float32Array.from(integerTimesteps(config.timestep_spacing, total, steps, config.steps_offset));
  };
  return {
    className: 'DDPMScheduler',
    predictionType: config.prediction_type,
    schedule,
    timesteps,
    trajectory(steps, options) {
      checkNoEta('DDPMScheduler', options);
      return ddpmTrajectory(config, schedule.alphasCumprod, timesteps(steps), Math.floor(total / steps));
    },
  };
}

function ddpmTrajectory(
  config: DdpmConfig,
  alphasCumprod: Float32Array,
  timesteps: Float32Array,
  stride: number,
): Trajectory {
  const alphaBar = (t: number) => alphaBarAt('DDPMScheduler', alphasCumprod, t);
  timesteps.forEach(alphaBar); // fail before the walk, not in its middle
  const trajectory: Trajectory = {
    timesteps,
    initNoiseSigma: 1,
    scaleModelInput: (sample) => sample,
    drawsNoise: (index) => timesteps[index]! > 0,
    addNoise(original, noise, index) {
      const bar = alphaBar(timesteps[index]!);
      return original.map((x, i) => Math.sqrt(bar) * x + Math.sqrt(1 - bar) * noise[i]!);
    },
    step(state, output) {
      const noise = checkStep('DDPMScheduler', trajectory, state, output);
      const { index, sample, batch = 1 } = state;
      const t = timesteps[index]!;
      const previous = t - stride;
      const barT = alphaBar(t);
      const barPrevious = previous >= 0 ? alphaBar(previous) : 1;
      const alphaT = Math.fround(barT / barPrevious);
      const betaT = 1 - alphaT;

      const x0 = predictLimited(
        config.prediction_type,
        Math.sqrt(barT),
        Math.sqrt(1 - barT),
        sample,
        output,
        batch,
        config,
      );
      // equation 7: the posterior's mean
      const x0Weight = (Math.sqrt(barPrevious) * betaT) / (1 - barT);
      const xWeight = (Math.sqrt(alphaT) * (1 - barPrevious)) / (1 - barT);
      const deviation = Math.sqrt(
        config.variance_type === 'fixed_large'
          ? betaT
          : Math.max(((1 - barPrevious) / (1 - barT)) * betaT, 1e-20),
      );
      const prevSample = sample.map(
        (x, i) => x0Weight * x0[i]! + xWeight * x + (noise ? deviation * noise[i]! : 0),
      );
      return { prevSample, predOriginal: x0, history: [] };
    },
  };
  return trajectory;
}
