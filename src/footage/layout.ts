import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SafetensorsFile } from '../checkpoints/index.ts';
import {
  type DatasetRecord,
  datasetVersion,
  type FilmRecord,
  type FootageFrame,
  framesFormat,
  type IdentitiesRecord,
} from './dataset.ts';
import { FootageError } from './footageError.ts';

/** Where the files of a film lie. */
export interface FilmPaths {
  readonly folder: string;
  readonly film: string;
  readonly frames: string;
  readonly pictures: string;
  readonly faces: string;
  readonly identities: string;
  readonly cast: string;
  readonly keyframes: string;
}

export function filmPaths(dataset: string, film: string): FilmPaths {
  const folder = join(dataset, 'films', film);
  return {
    folder,
    film: join(folder, 'film.json'),
    frames: join(folder, 'frames.jsonl'),
    pictures: join(folder, 'frames'),
    faces: join(folder, 'faces.safetensors'),
    identities: join(folder, 'identities.json'),
    cast: join(folder, 'cast.yaml'),
    keyframes: join(folder, 'keyframes.json'),
  };
}

/** Six digits: `000012`. */
export const frameNumber = (number: number): string => String(number).padStart(6, '0');

/** The picture of a keyframe relative to the data set. */
export const picturePath = (film: string, number: number): string =>
  `films/${film}/frames/${frameNumber(number)}.jpg`;

/** The number in a frame's id. */
export const numberOf = (frame: Pick<FootageFrame, 'id'>): number => Number(frame.id.slice(-6));

/** @throws FootageError where the folder is no data set. */
export function readDataset(dataset: string): Promise<DatasetRecord> {
  return readRecord(join(dataset, 'dataset.json'), 'a data set that moviedreamer footage made');
}

export function readFilm(dataset: string, film: string): Promise<FilmRecord> {
  return readRecord(filmPaths(dataset, film).film, `the film ${film} of a data set`);
}

export function readIdentities(dataset: string, film: string): Promise<IdentitiesRecord> {
  return readRecord(filmPaths(dataset, film).identities, `the identities of the film ${film}`);
}

/** The keyframes of a film in order of time, read as they are asked for. */
export async function* readFrames(dataset: string, film: string): AsyncGenerator<FootageFrame> {
  const path = filmPaths(dataset, film).frames;
  const input = createReadStream(path, 'utf8');
  let isFirst = true;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const value = parse(path, line) as FootageFrame & { format?: string; version?: number };
      if (!isFirst) yield value;
      else if (value.format !== framesFormat)
        throw new FootageError(`${path}: its first line is not its format`);
      else checkVersion(path, value.version);
      isFirst = false;
    }
  } catch (error) {
    throw missing(error, path, `the keyframes of the film ${film}`);
  } finally {
    input.destroy();
  }
}

/** Embeddings of a film's faces, a row of unit length each: [faces][d]. */
export async function readFaces(dataset: string, film: string): Promise<Float32Array[]> {
  const file = await SafetensorsFile.open(filmPaths(dataset, film).faces);
  try {
    const { data, shape } = await file.readFloat32('embeddings');
    const [count = 0, width = 0] = shape;
    return Array.from({ length: count }, (_, i) => data.subarray(i * width, (i + 1) * width));
  } finally {
    await file.close();
  }
}

async function readRecord<T extends { readonly version: number }>(path: string, what: string): Promise<T> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw missing(error, path, what);
  });
  const record = parse(path, text) as T;
  checkVersion(path, record.version);
  return record;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fix = 'run moviedreamer footage again with the same films, which writes it anew';
    throw new FootageError(`${path} is damaged: expected JSON; ${fix}`, { cause });
  }
}

function checkVersion(path: string, version: unknown): void {
  if (version === datasetVersion) return;
  throw new FootageError(
    `${path} has version ${version}, this program reads ${datasetVersion}; use the program that wrote it, or make the data set anew`,
  );
}

function missing(error: unknown, path: string, what: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  return new FootageError(`${path} is missing: expected ${what}; check the path`, { cause: error });
}
