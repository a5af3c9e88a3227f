/** Paper theatre: drawn films with exact scripts, faces and boxes, any number of them, from seeds. */
export { actionWords } from './actions.ts';
export { describe } from './describe.ts';
export {
  type ElementLabels,
  outdoorWeather,
  placeNames,
  readElement,
  sizeNames,
  timeNames,
} from './elements.ts';
export { type FaceParts, faces, words } from './expressions.ts';
export {
  clothings,
  facialHairs,
  glassesKinds,
  graphics,
  hatTops,
  mensTops,
  sampleIdentity,
  splitOf,
  tops,
  womensTops,
} from './identity.ts';
export { hairColours, palette, skins } from './palette.ts';
export { type Pattern, patterns, placePhrases } from './patterns/index.ts';
export type { PortraitOptions } from './portrait.ts';
export { propPhrase } from './props.ts';
export { indoorPlaces } from './scene/backdrop.ts';
export { episodeToScript, type ScriptObject } from './script.ts';
export { framesPerSecond, Stage } from './stage.ts';
export { companions, generateEpisode } from './story.ts';
export { tell } from './telling.ts';
export * from './types.ts';
export { type TheatreVocabulary, theatreVocabulary } from './vocabulary.ts';
export {
  type EncodeClip,
  type WriteEpisodesOptions,
  type WriteEpisodesProgress,
  writeEpisodes,
} from './write.ts';
