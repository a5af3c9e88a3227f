/** From films to data sets: keyframes, cuts, people, faces, identities (paper, appendix C). */
export type { Box4 } from './boxes.ts';
export { type Cast, readCast } from './cast.ts';
export {
  type DatasetRecord,
  type DoubtfulPair,
  datasetVersion,
  type FilmCounts,
  type FilmRecord,
  type FilmSource,
  type FootageFace,
  type FootageFrame,
  type FootageIdentity,
  type FootageModel,
  type FootagePerson,
  type FootageShot,
  facesFormat,
  framesFormat,
  type IdentitiesRecord,
  type Skip,
} from './dataset.ts';
export { FootageEpisode } from './episode.ts';
export { type FootageEvent, type FootageOptions, footage } from './footage.ts';
export { FootageError } from './footageError.ts';
export {
  type FilmPaths,
  filmPaths,
  numberOf,
  readDataset,
  readFaces,
  readFilm,
  readFrames,
  readIdentities,
} from './layout.ts';
export { frameSizeOf } from './openPeople.ts';
export { type PeopleSourceName, peopleSources } from './peopleSource.ts';
export type { FootageReport } from './report.ts';
