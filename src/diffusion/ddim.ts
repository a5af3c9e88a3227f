import type { DdimConfig } from './configs.ts';
import { predictLimited, predictNoise } from './prediction.ts';
import { alphaBarAt, noiseSchedule } from './schedule.ts';
import { checkStep, type Scheduler, type Trajectory } from './scheduler.ts';
import { checkSteps, integerTimesteps } from './spacing.ts';

const round = Math.fround;

/**
 * "Denoising diffusion implicit models" (Song et al. 2021), equations 12 and 16: deterministic at eta 0.
 * Behaves as diffusers 0.29.2's DDIMScheduler.
 */
export function ddim(config: DdimConfig): Scheduler {
  const schedule = noiseSchedule(config);
  const total = schedule.betas.length;
  const timesteps = (steps: number): Float32Array => {
    checkSteps('DDIMScheduler', steps, total);
    return Float32Array.from(integerTimesteps(config.timestep_spacing, total, steps, config.steps_offset));
  };
  return {
    className: 'DDIMScheduler',
    predictionType: config.prediction_type,
    schedule,
    timesteps,
    trajectory(steps, { eta = 0 } = {}) {
      if (!(eta >= 0)) throw new RangeError(`DDIMScheduler: eta must be at least 0, got ${eta}`);
      return ddimTrajectory(config, schedule.alphasCumprod, timesteps(steps), Math.floor(total / steps), eta);
    },
  };
}

function ddimTrajectory(
  config: DdimConfig,
  alphasCumprod: Float32Array,
  timesteps: Float32Array,
  stride: number,
  eta: number,
): Trajectory {
  const alphaBar = (t: number) => alphaBarAt('DDIMScheduler', alphasCumprod, t);
  timesteps.forEach(alphaBar); // fail before the walk, not in its middle
  const finalAlphaBar = config.set_alpha_to_one ? 1 : alphasCumprod[0]!;
  const trajectory: Trajectory = {
    timesteps,
    initNoiseSigma: 1,
    scaleModelInput: (sample) => sample,
    drawsNoise: () => eta > 0,
    addNoise(original, noise, index) {
      const bar = alphaBar(timesteps[index]!);
      return original.map((x, i) => Math.sqrt(bar) * x + Math.sqrt(1 - bar) * noise[i]!);
    },
    step(state, output) {
      const noise = checkStep('DDIMScheduler', trajectory, state, output);
      const { index, sample, batch = 1 } = state;
      const t = timesteps[index]!;
      const previous = t - stride;
      const barT = alphaBar(t);
      const barPrevious = previous >= 0 ? alphaBar(previous) : finalAlphaBar;
      const [alpha, sigma] = [Math.sqrt(barT), Math.sqrt(1 - barT)];

      const x0 = predictLimited(config.prediction_type, alpha, sigma, sample, output, batch, config);
      const eps = predictNoise(config.prediction_type, alpha, sigma, sample, output);
      // equation 16. In float32, like the published sampler: with eta 1 nearly all of 1 - barPrevious cancels
      // where barT is small, and what remains is a matter of rounding.
      const stepBeta = round(1 - round(barT / barPrevious));
      const variance = round(round(round(1 - barPrevious) / round(1 - barT)) * stepBeta);
      const deviation = round(eta * round(Math.sqrt(variance)));
      // equation 12: predicted x_0 + direction pointing to x_t + random noise
      const direction = Math.sqrt(Math.max(round(round(1 - barPrevious) - round(deviation ** 2)), 0));
      const x0Weight = Math.sqrt(barPrevious);
      const prevSample = eps.map(
        (e, i) => x0Weight * x0[i]! + direction * e + (noise ? deviation * noise[i]! : 0),
      );
      return { prevSample, predOriginal: x0, history: [] };
    },
  };
  return trajectory;
}
