import type { DpmSolverConfig } from './configs.ts';
import { type MultistepRule, preserving, weigh } from './dpmSolverRules.ts';
import { dynamicThreshold, predictNoise, predictOriginal } from './prediction.ts';
import { finiteSigmaSchedule, noiseSchedule, sigmaTable } from './schedule.ts';
import { checkNoEta, checkStep, type Scheduler, type Trajectory } from './scheduler.ts';
import {
  checkSteps,
  interpolate,
  karrasSigmas,
  leading,
  linspace,
  roundHalfEven,
  timestepOfSigma,
  trailing,
} from './spacing.ts';

/**
 * The multistep DPM-Solver (Lu et al. 2022, "DPM-Solver" and "DPM-Solver++"): exact integration of the linear
 * part of the diffusion ODE, a polynomial through the last predictions for the rest. Order 2 with
 * `dpmsolver++` is "DPM++ 2M". Behaves as diffusers 0.29.2's DPMSolverMultistepScheduler.
 */
export function dpmSolver(config: DpmSolverConfig): Scheduler {
  const schedule = noiseSchedule(config);
  const bars = finiteSigmaSchedule(schedule);
  return {
    className: 'DPMSolverMultistepScheduler',
    predictionType: config.prediction_type,
    schedule,
    timesteps: (steps) => walk(config, bars, steps).timesteps,
    trajectory(steps, options) {
      checkNoEta('DPMSolverMultistepScheduler', options);
      const { timesteps, sigmas } = walk(config, bars, steps);
      return dpmSolverTrajectory(config, timesteps, sigmas);
    },
  };
}

interface Walk {
  readonly timesteps: Float32Array; // [n]
  readonly sigmas: Float32Array; // [n + 1]
}

function walk(config: DpmSolverConfig, bars: Float32Array, steps: number): Walk {
  checkSteps('DPMSolverMultistepScheduler', steps, bars.length);
  const table = sigmaTable(bars);
  const logs = table.map(Math.log);
  let timesteps: Float64Array = spacedTimesteps(config, bars, steps);
  let sigmas: Float64Array = timesteps.map((t) => interpolate(table, t));
  const [min, max] = [table[0]!, table[table.length - 1]!];
  if (config.use_karras_sigmas || config.use_lu_lambdas) {
    sigmas = config.use_karras_sigmas
      ? karrasSigmas(min, max, steps)
      : linspace(logs[logs.length - 1]!, logs[0]!, steps).map(Math.exp); // even in lambda = -log sigma
    timesteps = sigmas.map((sigma) => roundHalfEven(timestepOfSigma(sigma, logs)));
  }
  const last = config.final_sigmas_type === 'sigma_min' ? min : 0;
  return { timesteps: Float32Array.from(timesteps), sigmas: Float32Array.of(...sigmas, last) };
}

function spacedTimesteps(config: DpmSolverConfig, bars: Float32Array, n: number): Float64Array {
  const total = bars.length;
  const end = total - belowLambda(bars, config.lambda_min_clipped);
  switch (config.timestep_spacing) {
    case 'linspace':
      return linspace(0, end - 1, n + 1)
        .map(roundHalfEven)
        .reverse()
        .slice(0, -1);
    case 'leading':
      return leading(Math.floor(end / (n + 1)), n + 1, config.steps_offset).slice(0, -1);
    case 'trailing':
      return trailing(end, total, n);
  }
}

/** How many of the noisiest timesteps have lambda = log(alpha / sigma) below `min`. */
function belowLambda(bars: Float32Array, min: number): number {
  let count = 0;
  const lambda = (bar: number) => Math.fround(Math.log(Math.sqrt(bar)) - Math.log(Math.sqrt(1 - bar)));
  while (count < bars.length && lambda(bars[bars.length - 1 - count]!) < min) count++;
  return count;
}

function dpmSolverTrajectory(
  config: DpmSolverConfig,
  timesteps: Float32Array,
  sigmas: Float32Array,
): Trajectory {
  const steps = timesteps.length;
  const stochastic = config.algorithm_type.startsWith('sde-');
  const predictsData = config.algorithm_type.endsWith('++');
  const rule: MultistepRule = { algorithm: config.algorithm_type, solver: config.solver_type };
  const trajectory: Trajectory = {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    scaleModelInput: (sample) => sample,
    drawsNoise: () => stochastic,
    addNoise(original, noise, index) {
      const { alpha, sigma } = preserving(sigmas[index]!);
      return original.map((x, i) => alpha * x + sigma * noise[i]!);
    },
    step(state, output) {
      const noise = checkStep('DPMSolverMultistepScheduler', trajectory, state, output);
      const { index, sample, history = [], batch = 1 } = state;
      const { alpha, sigma } = preserving(sigmas[index]!);
      const free = predictOriginal(config.prediction_type, alpha, sigma, sample, output);
      const x0 = config.thresholding
        ? dynamicThreshold(free, batch, config.dynamic_thresholding_ratio, config.sample_max_value)
        : free;
      // "++" integrates the prediction of the data, the older solver that of the noise
      const prediction = predictsData
        ? x0
        : config.thresholding
          ? predictNoise('sample', alpha, sigma, sample, x0)
          : predictNoise(config.prediction_type, alpha, sigma, sample, output);

      const predictions = [prediction, ...history].slice(0, config.solver_order); // newest first
      const order = Math.min(predictions.length, highestOrder(config, index, steps));
      const levels = Array.from(sigmas.subarray(index - order + 1, index + 2)).reverse();
      const { ofSample, ofPredictions, ofNoise } = weigh(rule, levels);
      const prevSample = sample.map((x, i) => {
        let sum = ofSample * x;
        for (let k = 0; k < order; k++) sum += ofPredictions[k]! * predictions[k]![i]!;
        return noise ? sum + ofNoise * noise[i]! : sum;
      });
      return { prevSample, predOriginal: x0, history: predictions.slice(0, config.solver_order - 1) };
    },
  };
  return trajectory;
}

/** Few steps are steadier when the last ones use a lower order; a final noise level of 0 leaves only order 1. */
function highestOrder(config: DpmSolverConfig, index: number, steps: number): number {
  const few = config.lower_order_final && steps < 15;
  if (index === steps - 1 && (config.euler_at_final || few || config.final_sigmas_type === 'zero')) return 1;
  if (index === steps - 2 && few) return 2;
  return 3;
}
