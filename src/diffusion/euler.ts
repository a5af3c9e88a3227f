import type { EulerConfig } from './configs.ts';
import type { PredictionType } from './prediction.ts';
import { finiteSigmaSchedule, linspace32, noiseSchedule, sigmaTable } from './schedule.ts';
import { checkNoEta, checkStep, type Scheduler, type Trajectory } from './scheduler.ts';
import {
  checkSteps,
  interpolate,
  karrasSigmas,
  leading,
  linspace,
  timestepOfSigma,
  trailing,
} from './spacing.ts';

const round = Math.fround;

/**
 * Euler's method on the probability-flow ODE dx/dsigma = (x - x_0) / sigma, in the variance-exploding view
 * x = x_0 + sigma eps ("Elucidating the design space", Karras et al. 2022, algorithm 1 without churn).
 * Behaves as diffusers 0.29.2's EulerDiscreteScheduler; with `timestep_type: continuous` and v-prediction the
 * model is told log(sigma) / 4, as Stable Video Diffusion wants it.
 */
export function euler(config: EulerConfig): Scheduler {
  const schedule = noiseSchedule(config);
  const table = sigmaTable(finiteSigmaSchedule(schedule));
  return {
    className: 'EulerDiscreteScheduler',
    predictionType: config.prediction_type,
    schedule,
    timesteps: (steps) => walk(config, table, steps).timesteps,
    trajectory(steps, options) {
      checkNoEta('EulerDiscreteScheduler', options);
      const { timesteps, sigmas } = walk(config, table, steps);
      return eulerTrajectory(config, timesteps, sigmas);
    },
  };
}

interface Walk {
  readonly timesteps: Float32Array; // [n]
  readonly sigmas: Float32Array; // [n + 1]; log_linear without karras has one more, never reached
}

function walk(config: EulerConfig, table: Float32Array, steps: number): Walk {
  const total = table.length;
  checkSteps('EulerDiscreteScheduler', steps, total);
  const spaced = Float32Array.from(spacedTimesteps(config, total, steps));
  let timesteps = spaced;
  let sigmas = spacedSigmas(config, table, spaced, steps);
  if (config.use_karras_sigmas) {
    const min = config.sigma_min ?? sigmas[sigmas.length - 1]!;
    const max = config.sigma_max ?? sigmas[0]!;
    const logs = table.map(Math.log);
    sigmas = karrasSigmas(min, max, steps);
    timesteps = Float32Array.from(sigmas, (sigma) => timestepOfSigma(sigma, logs));
  }
  const last = config.final_sigmas_type === 'sigma_min' ? table[0]! : 0;
  const all = Float32Array.of(...sigmas, last);
  if (config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction') {
    timesteps = all.slice(0, -1).map((sigma) => 0.25 * round(Math.log(sigma)));
  }
  return { timesteps, sigmas: all };
}

function spacedTimesteps(config: EulerConfig, total: number, n: number): Float64Array {
  switch (config.timestep_spacing) {
    case 'linspace': // fractional, unlike DDIM's
      return linspace(0, total - 1, n).reverse();
    case 'leading':
      return leading(Math.floor(total / n), n, config.steps_offset);
    case 'trailing':
      return trailing(total, total, n);
  }
}

function spacedSigmas(
  config: EulerConfig,
  table: Float32Array,
  timesteps: Float32Array,
  steps: number,
): Float64Array {
  switch (config.interpolation_type) {
    case 'linear':
      return Float64Array.from(timesteps, (t) => interpolate(table, t));
    case 'log_linear': {
      const [high, low] = [Math.log(table[table.length - 1]!), Math.log(table[0]!)];
      return Float64Array.from(linspace32(high, low, steps + 1), (x) => round(Math.exp(x)));
    }
  }
}

function eulerTrajectory(config: EulerConfig, timesteps: Float32Array, sigmas: Float32Array): Trajectory {
  const maxSigma = sigmas.reduce((a, b) => Math.max(a, b));
  const trajectory: Trajectory = {
    timesteps,
    sigmas,
    // "leading" starts below the last training timestep, where some of the data's own variance remains
    initNoiseSigma: config.timestep_spacing === 'leading' ? Math.sqrt(maxSigma ** 2 + 1) : maxSigma,
    scaleModelInput: (sample, index) => {
      const scale = Math.sqrt(sigmas[index]! ** 2 + 1);
      return sample.map((x) => x / scale);
    },
    drawsNoise: () => false,
    addNoise: (original, noise, index) => original.map((x, i) => x + sigmas[index]! * noise[i]!),
    step(state, output) {
      checkStep('EulerDiscreteScheduler', trajectory, state, output);
      const { index, sample } = state;
      const [sigma, next] = [sigmas[index]!, sigmas[index + 1]!];
      const x0 = originalAt(config.prediction_type, sigma, sample, output);
      // float32 like the published sampler: from sigma in the thousands to 1 its rounding shows
      const dt = round(next - sigma);
      const prevSample = sample.map((x, i) => x + round(round(round(x - x0[i]!) / sigma) * dt));
      return { prevSample, predOriginal: x0, history: [] };
    },
  };
  return trajectory;
}

/** x_0 at x = x_0 + sigma eps; v is that of x / sqrt(1 + sigma^2). */
function originalAt(
  type: PredictionType,
  sigma: number,
  sample: Float32Array, // [...]
  output: Float32Array, // [...]
): Float32Array {
  switch (type) {
    case 'epsilon':
      return sample.map((x, i) => x - round(sigma * output[i]!));
    case 'sample':
      return output.slice();
    case 'v_prediction': {
      const square = round(round(sigma * sigma) + 1);
      const weight = round(-sigma / round(Math.sqrt(square)));
      return sample.map((x, i) => round(output[i]! * weight) + round(x / square));
    }
  }
}
