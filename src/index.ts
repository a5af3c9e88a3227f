/** MovieDreamer: from a script to a long film whose characters stay themselves. */
export {
  configureLog,
  type ErrorCode,
  type ErrorCodeEntry,
  type ErrorDetails,
  errorCodes,
  type LogLevel,
  type LogRecord,
  type LogScope,
  type LogSink,
  MovieDreamerError,
} from './base/index.ts';
export { CheckpointError } from './checkpoints/index.ts';
export {
  type EncoderChoice,
  type EncoderIdentity,
  type EncoderRole,
  type EvaluateOptions,
  type Evaluation,
  EvaluationError,
  type EvaluationEvent,
  Evaluator,
  evaluate,
  type Film,
  type FilmFrame,
  type FilmSource,
  type LeftOut,
  type LoadEvaluatorOptions,
  type Metric,
  type MetricInfo,
  readFilm,
  type ScoredFace,
  type ShotScores,
} from './evaluation/index.ts';
export { ClaimError, OutputError } from './files/index.ts';
export {
  type CreateScriptOptions,
  createScript,
  type DreamEvent,
  type DreamOptions,
  type DreamStage,
  dreamStages,
  type Job,
  type JobId,
  type JobInputs,
  type JobKind,
  type LoadDreamerOptions,
  MovieDreamer,
  type PlannedFilm,
  RunError,
  type RunSettings,
  readScript,
  type SettingInEffect,
  type SettingName,
  type ShotReference,
  writeShotIds,
} from './film/index.ts';
export type { Precision } from './graph/index.ts';
export { HubError } from './hub/index.ts';
export { type SamplerName, samplerNames } from './inference/index.ts';
export { decodeImage, encodePng, type Image, PictureError, readImage, VideoError } from './media/index.ts';
export { ConfigError } from './models/index.ts';
export { type ModelName, Preset, PresetError, type Role } from './presets/index.ts';
export { DeviceError, type DeviceName, deviceNames, SessionError } from './runtime/index.ts';
export {
  type Character,
  formatScript,
  type ParsedScript,
  type PictureSource,
  type Problem,
  parseScript,
  type Script,
  ScriptError,
  type ScriptFile,
  type ScriptObject,
  type Shot,
  scriptJsonSchema,
} from './script/index.ts';
