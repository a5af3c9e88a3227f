/** The paper's trainings: recipes of data, graphs and settings, and the trainer that runs them. */
export { describeMemory, trainingMemory } from './memoryPlan.ts';
export { startedFrom } from './stage.ts';
export { planners, type StageName, stageNames, stages } from './stages/index.ts';
export { type SequenceLosses, sequenceLosses } from './stages/sequenceLosses.ts';
export type { PlannedTask } from './task.ts';
export { type TrainingProgress, train } from './trainer.ts';
