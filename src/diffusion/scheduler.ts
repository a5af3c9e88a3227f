import type { PredictionType } from './prediction.ts';
import type { NoiseSchedule } from './schedule.ts';

/** `_class_name` of a supported scheduler of diffusers. */
export type SchedulerName =
  | 'DDPMScheduler'
  | 'DDIMScheduler'
  | 'EulerDiscreteScheduler'
  | 'DPMSolverMultistepScheduler';

/** A noise schedule with a way to walk it back. Immutable; see `createScheduler`. */
export interface Scheduler {
  /** The scheduler’s name in diffusers. */
  readonly className: SchedulerName;
  /** What the model predicts. */
  readonly predictionType: PredictionType;
  /** The noise schedule that the model was trained with. */
  readonly schedule: NoiseSchedule;
  /** The timesteps of a walk of `steps` steps, high to low: what the model is told. */
  timesteps(steps: number): Float32Array;
  /** A walk of `steps` steps. Throws a RangeError for a number that the schedule cannot do. */
  trajectory(steps: number, options?: TrajectoryOptions): Trajectory;
}

/** Options of one walk. */
export interface TrajectoryOptions {
  /** DDIM only: 0 is deterministic (the default), 1 is as stochastic as DDPM. */
  readonly eta?: number;
}

/** One walk from noise to data. All functions are pure: what a step must remember is in its state. */
export interface Trajectory {
  /** Timesteps of the steps, high to low, [n]. */
  readonly timesteps: Float32Array; // [n]
  /** Noise levels and the final one, for the samplers that work with them. */
  readonly sigmas?: Float32Array; // [n + 1]
  /** The standard deviation that the starting noise must have. */
  readonly initNoiseSigma: number;
  /** The sample as the model's input at step `index`. */
  scaleModelInput(sample: Float32Array, index: number): Float32Array;
  /** Data with standard normal noise of the level before step `index`: a walk may start there. */
  addNoise(original: Float32Array, noise: Float32Array, index: number): Float32Array;
  /** Whether step `index` needs `state.noise`. */
  drawsNoise(index: number): boolean;
  /** One step towards the data. */
  step(state: StepState, modelOutput: Float32Array): StepResult;
}

/** What one step of a walk starts from. */
export interface StepState {
  /** 0 .. n - 1. */
  readonly index: number;
  /** x at this step. */
  readonly sample: Float32Array; // [batch, ...]
  /** `history` of the step before; leave out at the first. */
  readonly history?: readonly Float32Array[];
  /** Standard normal numbers, one a value of the sample, where `drawsNoise(index)`. */
  readonly noise?: Float32Array; // [batch, ...]
  /** Samples in the arrays, 1 by default. Only dynamic thresholding looks at it. */
  readonly batch?: number;
}

/** What one step of a walk gives. */
export interface StepResult {
  /** The sample after the step, of the same shape. */
  readonly prevSample: Float32Array; // [batch, ...]
  /** The data as predicted at this step. */
  readonly predOriginal: Float32Array; // [batch, ...]
  /** What the next step needs of earlier ones; empty for single-step samplers. */
  readonly history: readonly Float32Array[];
}

/** Checks the arrays of a step and returns its noise, where it draws any. */
export function checkStep(
  who: string,
  trajectory: Pick<Trajectory, 'timesteps' | 'drawsNoise'>,
  { index, sample, noise }: StepState,
  output: Float32Array,
): Float32Array | undefined {
  if (!(index >= 0 && index < trajectory.timesteps.length)) {
    throw new RangeError(`${who}: step index must be 0 .. ${trajectory.timesteps.length - 1}, got ${index}`);
  }
  if (output.length !== sample.length) {
    throw new RangeError(
      `${who}: expected a model output of ${sample.length} values, as the sample; got ${output.length}`,
    );
  }
  if (!trajectory.drawsNoise(index)) return undefined;
  if (noise?.length !== sample.length) {
    throw new RangeError(
      `${who}: step ${index} is stochastic: state.noise must hold ${sample.length} standard normal numbers, ` +
        `got ${noise ? noise.length : 'none'}`,
    );
  }
  return noise;
}

/** Rejects an eta for samplers that have none. */
export function checkNoEta(who: string, options: TrajectoryOptions | undefined): void {
  if (options?.eta) throw new RangeError(`${who}: eta belongs to DDIMScheduler; leave it out`);
}
