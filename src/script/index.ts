export { formatScript } from './format.ts';
export { clipKey, scriptKey, shotKey } from './keys.ts';
export {
  END_OF_FRAME,
  frameFaces,
  frameLayout,
  frameSentences,
  identifiers,
  referenceLayout,
  type Segment,
  START_OF_FRAME,
  sentenceOwners,
  VISUAL_TOKENS,
} from './layout.ts';
export { plainName } from './names.ts';
export { editDistance, nearest } from './nearest.ts';
export { parseData, parseLocated, parseScript } from './parse.ts';
export {
  type CutItem,
  limits,
  type PictureSource,
  SCRIPT_VERSION,
  type ScriptData,
  type ScriptFile,
  type ScriptObject,
  scriptJsonSchema,
  scriptSchema,
  shotIdPattern,
} from './schema.ts';
export {
  type Character,
  type CutPiece,
  characterOf,
  type DialogueLine,
  type ParsedScript,
  type Script,
  type Shot,
} from './script.ts';
export { type Problem, ScriptError } from './scriptError.ts';
export { characterSentences, splitSentences } from './sentences.ts';
export { newShotId, shotFileName } from './shotIds.ts';
export {
  type CheckedShot,
  type EmbedSentences,
  type Finding,
  type Labels,
  type NearestSentence,
  nearestSentences,
  type Topic,
  topics,
  type UnmetWord,
  type Vocabulary,
  VocabularyCheck,
  vocabularySchema,
} from './vocabulary/index.ts';
export { type ScriptEdit, withCut } from './writeCut.ts';
export { withShotIds } from './writeIds.ts';
export { parseYaml, type YamlSource } from './yamlSource.ts';
