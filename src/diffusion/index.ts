/** Noise schedules and samplers: pure functions on the host, one paper each. */
export type { DdimConfig, DdpmConfig, DpmSolverConfig, EulerConfig, WalkConfig } from './configs.ts';
export { createScheduler } from './createScheduler.ts';
export { ddim } from './ddim.ts';
export { ddpm } from './ddpm.ts';
export { dpmSolver } from './dpmSolver.ts';
export type { DpmAlgorithm, DpmSolverType } from './dpmSolverRules.ts';
export { euler } from './euler.ts';
export { guide, rescaleGuidance, risingGuidance } from './guidance.ts';
export {
  dynamicThreshold,
  type PredictionType,
  predictNoise,
  predictOriginal,
  type RangeOptions,
  trainingTarget,
} from './prediction.ts';
export { type Denoise, finalSample, type SampleOptions, type SampleStep, sample } from './sample.ts';
export {
  addNoise,
  type BetaOptions,
  type BetaSchedule,
  type NoiseSchedule,
  noiseSchedule,
  velocity,
} from './schedule.ts';
export type {
  Scheduler,
  SchedulerName,
  StepResult,
  StepState,
  Trajectory,
  TrajectoryOptions,
} from './scheduler.ts';
export type { TimestepSpacing } from './spacing.ts';
export { minSnrWeight, offsetNoise, type TimestepDistribution, trainingTimesteps } from './training.ts';
