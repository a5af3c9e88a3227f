/** MovieDreamer: from a script to a long film whose characters stay themselves. */
export {
  configureLog,
  type ErrorCode,
  errorCodes,
  type LogRecord,
  MovieDreamerError,
} from './base/index.ts';
export { CheckpointError } from './checkpoints/index.ts';
export {
  type EvaluateOptions,
  type Evaluation,
  EvaluationError,
  type EvaluationEvent,
  Evaluator,
  evaluate,
  type Film,
  type FilmSource,
  type LoadEvaluatorOptions,
  readFilm,
} from './evaluation/index.ts';
export {
  type DreamEvent,
  type DreamOptions,
  type DreamStage,
  dreamStages,
  type LoadDreamerOptions,
  MovieDreamer,
  RunError,
  readScript,
} from './film/index.ts';
export { type SamplerName, samplerNames } from './inference/index.ts';
export { PresetError } from './presets/index.ts';
export { DeviceError, type DeviceName, deviceNames } from './runtime/index.ts';
export {
  type Problem,
  parseScript,
  type Script,
  ScriptError,
  type Shot,
  scriptJsonSchema,
} from './script/index.ts';
