export { ConfigError, type ConfigSchema, configError, describeIssues, parseConfig } from './configError.ts';
export { type ConfigJson, fileOf, fromFile } from './configJson.ts';
export { type ErrorCode, type ErrorCodeEntry, errorCodes } from './errorCodes.ts';
export {
  type ErrorDetails,
  type ErrorRecord,
  errorRecord,
  isExpectedError,
  MovieDreamerError,
} from './errors.ts';
export {
  configureLog,
  type Log,
  type LogLevel,
  type LogRecord,
  type LogScope,
  type LogSink,
  logLevels,
  logLine,
  logOf,
  logScopes,
} from './log.ts';
