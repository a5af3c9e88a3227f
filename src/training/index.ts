/** The paper's trainings: recipes of data, graphs and settings, and the trainer that runs them. */
export type { FilmData } from '../corpus/index.ts';
export type { DataPlan, PlannedFile } from './data/dataPlan.ts';
export type { Split } from './data/stageData.ts';
export type { LearningRateSchedule } from './learningRate.ts';
export { describeMemory, type TrainingMemory, trainingMemory } from './memoryPlan.ts';
export type { MetricsRecord } from './metricsLog.ts';
export { type TrainEvent, type TrainStagesOptions, trainStages } from './run.ts';
export { type StageBuilder, type StageContext, type StagePlanner, startedFrom } from './stage.ts';
export { planners, type StageName, stageNames, stages } from './stages/index.ts';
export { type SequenceLosses, sequenceLosses } from './stages/sequenceLosses.ts';
export type { ParameterGroup } from './task.ts';
export {
  type FrozenBase,
  type PlannedTask,
  type SavedAdapter,
  type SavedModel,
  TrainingError,
  type TrainingPhase,
  type TrainingSettings,
  type TrainingTask,
} from './task.ts';
export { type TrainingProgress, type TrainOptions, train } from './trainer.ts';
export type { Weights } from './weights.ts';
