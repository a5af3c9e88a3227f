/** Paper theatre: drawn films with exact scripts, faces and boxes, any number of them, from seeds. */
export { describe } from './describe.ts';
export { type ElementLabels, readElement } from './elements.ts';
export { type FaceParts, faces, words } from './expressions.ts';
export {
  clothings,
  facialHairs,
  glassesKinds,
  graphics,
  hatTops,
  sampleIdentity,
  splitOf,
  tops,
} from './identity.ts';
export { hairColours, palette, skins } from './palette.ts';
export { type Pattern, patterns } from './patterns/index.ts';
export type { PortraitOptions } from './portrait.ts';
export { propPhrase } from './props.ts';
export { indoorPlaces } from './scene/backdrop.ts';
export { episodeToScript, type ScriptObject } from './script.ts';
export { framesPerSecond, Stage } from './stage.ts';
export { generateEpisode } from './story.ts';
export * from './types.ts';
export { type TheatreVocabulary, theatreVocabulary } from './vocabulary.ts';
export {
  type EncodeClip,
  type WriteEpisodesOptions,
  type WriteEpisodesProgress,
  writeEpisodes,
} from './write.ts';
