/** MovieDreamer: from a script to a long film whose characters stay themselves. */
export {
  configureLog,
  type ErrorCode,
  errorCodes,
  type LogRecord,
  MovieDreamerError,
} from './base/index.ts';
export {
  type DreamEvent,
  type DreamOptions,
  type DreamStage,
  dreamStages,
  type LoadDreamerOptions,
  MovieDreamer,
  PresetError,
  RunError,
  type SamplerName,
  samplerNames,
} from './dreamer/index.ts';
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
export { CheckpointError, DeviceError, type DeviceName, deviceNames } from './runtime/index.ts';
export {
  type Problem,
  parseScript,
  readScript,
  type Script,
  ScriptError,
  type Shot,
  scriptJsonSchema,
} from './script/index.ts';
