export { type AblateEvent, type AblateOptions, ablate } from './ablate.ts';
export type { Direction, ExperimentResult, Metric, VariantRow } from './experiment.ts';
export { type ExperimentName, experimentNames } from './names.ts';
export type { AblationResult } from './report.ts';
export { type AblationSettings, defaultSettings } from './settings.ts';
export { directionTable, figureTable } from './tables.ts';
