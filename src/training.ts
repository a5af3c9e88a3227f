/**
 * Trainings from code, as `moviedreamer train` runs them: `trainStages` trains one or all and tells what happens. Or piece by
 * piece: a stage is built from a preset and a host, its memory is known
 * before its data are made, and `train` runs it to its last step, from a checkpoint where there is one.
 */
export { Preset, PresetError } from './presets/index.ts';
export { DeviceError, type DeviceName, WorkerHost, type WorkerHostOptions } from './runtime/index.ts';
export {
  type DataPlan,
  describeMemory,
  type PlannedFile,
  type PlannedTask,
  planners,
  type StageBuilder,
  type StageContext,
  type StageName,
  type StagePlanner,
  stageNames,
  stages,
  startedFrom,
  type TrainEvent,
  TrainingError,
  type TrainingMemory,
  type TrainingPhase,
  type TrainingProgress,
  type TrainingSettings,
  type TrainingTask,
  type TrainOptions,
  type TrainStagesOptions,
  train,
  trainingMemory,
  trainStages,
} from './training/index.ts';
