/** The standard films that models are measured by, and their report. */
export { type BenchmarkEvent, type BenchmarkOptions, benchmark } from './benchmark.ts';
export { keyOf } from './cache.ts';
export { measureClips, pickKeyframes } from './clips.ts';
export { drawEpisodes, type TestEpisode } from './episodes.ts';
export { recognised } from './figures.ts';
export { makeFilms } from './films.ts';
export { frameSize } from './frameSize.ts';
export { needed } from './look.ts';
export { clipSim, longTerm, meanClipScore, type SeenEpisode, shortTerm } from './measures.ts';
export { drawStrangers, type Stranger } from './people.ts';
export { type PictureSet, renderTruth } from './render.ts';
export { cellsOf, headings } from './rows.ts';
export { pictureSet, seeEpisodes, textsOf } from './see.ts';
export type { PartEvent } from './settings.ts';
