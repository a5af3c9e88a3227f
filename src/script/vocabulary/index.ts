export { type CheckedShot, type Finding, type Labels, type UnmetWord, VocabularyCheck } from './check.ts';
export { type EmbedSentences, type NearestSentence, nearestSentences } from './nearest.ts';
export { type Topic, topics, type Vocabulary, vocabularySchema } from './schema.ts';
