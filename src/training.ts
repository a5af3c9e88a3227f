/**
 * Trainings from code, as `moviedreamer train` runs them: a stage is built from a preset and a host, its memory is known
 * before its data are made, and `train` runs it to its last step, from a checkpoint where there is one.
 */
export { Preset, PresetError } from './presets/index.ts';
export { DeviceError, type DeviceName, WorkerHost, type WorkerHostOptions } from './runtime/index.ts';
export {
  describeMemory,
  type PlannedTask,
  planners,
  type StageBuilder,
  type StageContext,
  type StageName,
  type StagePlanner,
  stageNames,
  stages,
  startedFrom,
  TrainingError,
  type TrainingPhase,
  type TrainingProgress,
  type TrainingSettings,
  type TrainingTask,
  type TrainOptions,
  train,
  trainingMemory,
} from './training/index.ts';
