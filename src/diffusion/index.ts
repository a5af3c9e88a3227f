/** Noise schedules and samplers: pure functions on the host, one paper each. */
export type { DdimConfig, DdpmConfig, DpmSolverConfig, EulerConfig, WalkConfig } from './configs.ts';
export { createScheduler } from './createScheduler.ts';
export { ddim } from './ddim.ts';
export { ddpm } from './ddpm.ts';
export { dpmSolver } from './dpmSolver.ts';
export type { DpmAlgorithm, DpmSolverType } from './dpmSolverRules.ts';
export { euler } from './euler.ts';
export { guide, rescaleGuidance, risingGuidance } from './guidance.ts';
export type { PredictionType, RangeOptions } from './prediction.ts';
export { dynamicThreshold, predictNoise, predictOriginal, trainingTarget } from './prediction.ts';
export type { Denoise, SampleOptions, SampleStep } from './sample.ts';
export { finalSample, sample } from './sample.ts';
export type { BetaOptions, BetaSchedule, NoiseSchedule } from './schedule.ts';
export { addNoise, noiseSchedule, velocity } from './schedule.ts';
export type {
  Scheduler,
  SchedulerName,
  StepResult,
  StepState,
  Trajectory,
  TrajectoryOptions,
} from './scheduler.ts';
export type { TimestepSpacing } from './spacing.ts';
export type { TimestepDistribution } from './training.ts';
export { minSnrWeight, offsetNoise, trainingTimesteps } from './training.ts';
