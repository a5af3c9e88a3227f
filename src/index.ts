/** MovieDreamer: from a script to a long film whose characters stay themselves. */
export {
  type ConfigJson,
  configureLog,
  type ErrorCode,
  type ErrorCodeEntry,
  type ErrorDetails,
  errorCodes,
  type LogLevel,
  type LogRecord,
  type LogScope,
  type LogSink,
  logLevels,
  logScopes,
  MovieDreamerError,
} from './base/index.ts';
export { CheckpointError, type CheckpointErrorParts } from './checkpoints/index.ts';
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
  evaluationFormat,
  type Film,
  type FilmFrame,
  type FilmSource,
  type FramesEvent,
  type LeftOut,
  type LoadEvaluatorOptions,
  type MeasureOptions,
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
  type LoadDreamerOptions,
  MovieDreamer,
  RunError,
  type RunSettings,
  readScript,
} from './film/index.ts';
export type { Precision } from './graph/index.ts';
export {
  type Described,
  type Gap,
  HubError,
  type Incomplete,
  type Layer,
  type Located,
  type Manifest,
  type Part,
  type PerVariant,
  type Published,
  type PublishedPart,
  type RepoSource,
  type UrlSource,
  type Variant,
} from './hub/index.ts';
export { type Box, type SamplerName, samplerNames } from './inference/index.ts';
export { decodeImage, encodePng, type Image, PictureError, readImage, VideoError } from './media/index.ts';
export type { LongTermConsistency } from './metrics/index.ts';
export { ConfigError } from './models/index.ts';
export {
  type AuxiliaryModel,
  type ModelName,
  modelNames,
  type OpenPresetOptions,
  Preset,
  PresetError,
} from './presets/index.ts';
export { DeviceError, type DeviceName, deviceNames, SessionError } from './runtime/index.ts';
export {
  type Character,
  formatScript,
  type ParsedScript,
  type PictureSource,
  type Problem,
  parseScript,
  type Script,
  type ScriptData,
  ScriptError,
  type ScriptFile,
  type ScriptObject,
  type Shot,
  scriptJsonSchema,
} from './script/index.ts';
