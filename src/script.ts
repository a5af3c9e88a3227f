/** Scripts alone: the schema, reading and writing the text, errors with places. Nothing here loads native code. */
export { type ErrorCode, type ErrorDetails, MovieDreamerError } from './base/index.ts';
export {
  type Character,
  type CutItem,
  type CutPiece,
  type DialogueLine,
  formatScript,
  limits,
  type ParsedScript,
  type PictureSource,
  type Problem,
  parseScript,
  SCRIPT_VERSION,
  type Script,
  type ScriptData,
  ScriptError,
  type ScriptFile,
  type ScriptObject,
  type Shot,
  scriptJsonSchema,
  scriptSchema,
} from './script/index.ts';
