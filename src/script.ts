/** Scripts alone: the schema, reading and writing the text, errors with places. Nothing here loads native code. */
export {
  type Character,
  formatScript,
  limits,
  type ParsedScript,
  type Problem,
  parseScript,
  ScriptError,
  type ScriptFile,
  type Shot,
  scriptJsonSchema,
  scriptSchema,
} from './script/index.ts';
