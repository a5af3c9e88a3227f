import { datasetVersion, type FilmCounts, type FilmRecord, type Skip } from './dataset.ts';

/** A film of which nothing was made. */
export interface RefusedFilm {
  /** As it was given. */
  readonly path: string;
  readonly reason: string;
}

/** report.json: what there is of each film, and what was left out and why. */
export interface FootageReport {
  readonly version: number;
  readonly films: readonly {
    readonly film: string;
    readonly name: string;
    readonly seconds: number;
    readonly skipped: { readonly start: Skip; readonly end: Skip };
    readonly notes: readonly string[];
    readonly counts: FilmCounts;
  }[];
  /** Of the last command. */
  readonly refused: readonly RefusedFilm[];
}

export function reportOf(records: readonly FilmRecord[], refused: readonly RefusedFilm[]): FootageReport {
  return {
    version: datasetVersion,
    films: records.map(({ id, source, skipped, counts }) => ({
      ...{ film: id, name: source.name, seconds: source.seconds },
      ...{ skipped, notes: source.notes, counts },
    })),
    refused,
  };
}
