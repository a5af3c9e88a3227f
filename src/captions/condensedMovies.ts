import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';
import { CaptionsError } from './captionsError.ts';
import { formatCsv, parseCsv } from './csv.ts';
import { formatPythonDict, parsePythonLiteral } from './pythonLiteral.ts';

/** A clip of Condensed Movies (Bain et al., 2020): a few minutes of a film with a description. */
export interface CondensedClip {
  /** Also the name of its file: `videos/<upload year>/<videoid>.mkv`. */
  readonly videoid: string;
  /** The film's. */
  readonly imdbid: string;
  readonly title: string;
  /** Of the film; undefined where it is not known. */
  readonly year: number | undefined;
  /** Number of the clip in its film, from 1, and how many there are. */
  readonly index: number;
  readonly of: number;
  readonly uploadYear: number;
  readonly name: string;
  /** Undefined where there is none. */
  readonly description: string | undefined;
}

/** The metadata of Condensed Movies. */
export interface CondensedMovies {
  readonly clips: readonly CondensedClip[];
  /** By the film: actors' names with those of their characters. */
  readonly casts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** By the film: `train`, `val` or `test`. */
  readonly splits: ReadonlyMap<string, string>;
}

const clipHeader = ['videoid', 'year', 'clip_idx', 'clip_tot', 'upload_year', 'title', 'clip_name', 'imdbid'];

/**
 * Reads `clips.csv`, and `descriptions.csv`, `casts.csv` and `split.csv` where they are, from the folder `metadata`.
 * @throws CaptionsError for a file that is not in the form of its kind
 */
export async function readCondensedMovies(metadata: string): Promise<CondensedMovies> {
  const clips = await table(metadata, 'clips.csv', clipHeader);
  const descriptions = await optional(metadata, 'descriptions.csv', ['videoid', 'description']);
  const texts = new Map(descriptions.map(({ videoid, description }) => [videoid, description?.trim()]));
  const casts = await optional(metadata, 'casts.csv', ['imdbid', 'cast']);
  const splits = await optional(metadata, 'split.csv', ['imdbid', 'split']);
  return {
    clips: clips.map((row) => ({
      ...{ videoid: row.videoid as string, imdbid: row.imdbid as string, title: row.title as string },
      year: row.year ? Math.round(Number(row.year)) : undefined,
      ...{ index: Number(row.clip_idx), of: Number(row.clip_tot), uploadYear: Number(row.upload_year) },
      name: row.clip_name as string,
      description: texts.get(row.videoid as string) || undefined,
    })),
    casts: new Map(
      casts.map((row) => [row.imdbid as string, castOf(row.cast as string, metadata, row.imdbid as string)]),
    ),
    splits: new Map(splits.map(({ imdbid, split }) => [imdbid as string, split as string])),
  };
}

/** Where a clip's file lies below the folder of videos. */
export const clipPath = ({ uploadYear, videoid }: CondensedClip, ending = 'mkv'): string =>
  `videos/${uploadYear}/${videoid}.${ending}`;

/** What a character is called, without remarks such as `(voice)` and `(as ...)`; several are parted by `/`. */
export const characterNames = (role: string): string[] =>
  role
    .split('/')
    .map((name) =>
      name
        .replace(/\s*\([^)]*\)/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((name) => name !== '');

/** Writes the same files, which Condensed Movies' own loaders read. */
export async function writeCondensedMovies(
  metadata: string,
  { clips, casts, splits }: CondensedMovies,
): Promise<void> {
  const write = (name: string, header: string[], rows: Record<string, string | number>[]): Promise<void> =>
    writeFileAtomically(join(metadata, name), formatCsv(header, rows));
  await write(
    'clips.csv',
    clipHeader,
    clips.map((clip) => ({
      ...{ videoid: clip.videoid, year: clip.year === undefined ? '' : `${clip.year}.0` },
      ...{ clip_idx: clip.index, clip_tot: clip.of, upload_year: clip.uploadYear },
      ...{ title: clip.title, clip_name: clip.name, imdbid: clip.imdbid },
    })),
  );
  const told = clips.filter(({ description }) => description !== undefined);
  await write(
    'descriptions.csv',
    ['videoid', 'imdbid', 'description'],
    told.map(({ videoid, imdbid, description }) => ({ videoid, imdbid, description: description as string })),
  );
  await write(
    'casts.csv',
    ['imdbid', 'cast'],
    [...casts].map(([imdbid, cast]) => ({ imdbid, cast: formatPythonDict(cast) })),
  );
  await write(
    'split.csv',
    ['imdbid', 'split'],
    [...splits].map(([imdbid, split]) => ({ imdbid, split })),
  );
}

async function table(
  folder: string,
  name: string,
  needed: readonly string[],
): Promise<Record<string, string>[]> {
  const path = join(folder, name);
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new CaptionsError(
      `${path} cannot be read (${cause.message}); expected the metadata of Condensed Movies`,
      {
        cause,
      },
    );
  });
  const rows = parseCsv(text);
  const missing = needed.filter((column) => rows[0] && !(column in rows[0]));
  if (rows.length === 0 || missing.length > 0)
    throw new CaptionsError(
      `${path} ${rows.length === 0 ? 'has no rows' : `lacks ${missing.join(', ')}`}; expected the columns ${needed.join(', ')}`,
    );
  return rows;
}

async function optional(
  folder: string,
  name: string,
  needed: readonly string[],
): Promise<Record<string, string>[]> {
  try {
    return await table(folder, name, needed);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return [];
    throw error;
  }
}

function castOf(text: string, metadata: string, imdbid: string): Record<string, string> {
  try {
    const cast = parsePythonLiteral(text);
    return Object.fromEntries(Object.entries(Object(cast)).map(([actor, role]) => [actor, String(role)]));
  } catch (cause) {
    throw new CaptionsError(
      `${join(metadata, 'casts.csv')}: the cast of ${imdbid} is no dict of Python: ${(cause as Error).message}`,
      { cause },
    );
  }
}
