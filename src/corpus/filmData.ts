import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readScriptedFilm, type ScriptedFilm } from '../captions/index.ts';
import { FootageError, readDataset, readFilm, readIdentities } from '../footage/index.ts';

/** A data set that `footage` and `captions` made, to train on. */
export interface FilmData {
  readonly folder: string;
  /** How often it is drawn from, beside the others' weights; above 0. */
  readonly weight: number;
}

/** A film to train on, without its pictures. */
export interface DataFilm {
  readonly dataset: string;
  readonly id: string;
  readonly scripted: ScriptedFilm;
  /** Identities by the names that the script has for them. */
  readonly identities: ReadonlyMap<string, string>;
  /** Portraits of the script's characters: paths. */
  readonly portraits: ReadonlyMap<string, string>;
  /** Part of what is drawn that is of this film; those of a split sum to 1. */
  readonly share: number;
  /** Of script, keyframes and portraits. */
  readonly fingerprint: string;
}

/** The films of data sets, parted by film. */
export interface FilmSplits {
  readonly train: readonly DataFilm[];
  readonly validation: readonly DataFilm[];
}

/** Of ten films one is held out. */
const heldOut = 0.1;

/**
 * Reads the scripts of data sets and parts their films: a tenth, at least one, is held out, chosen by the films' ids, so that a film
 * is on one side whatever else is there. A data set of one film is trained on.
 *
 * @param size of the preset's pictures, which those of the data sets must have
 * @throws {FootageError} where a data set is of another size, or all together are too small to be parted
 * @throws {CaptionsError} where a film has no captions
 */
export async function readFilmData(
  data: readonly FilmData[],
  size: { readonly width: number; readonly height: number },
): Promise<FilmSplits> {
  const known = new Map<string, string>();
  const all: (Omit<DataFilm, 'share'> & { readonly weight: number; readonly isOnly: boolean })[] = [];
  for (const { folder, weight } of data) {
    const { films } = await readDataset(folder);
    if (films.length === 0)
      throw new FootageError(`${folder} has no films: run moviedreamer footage FILM... --out ${folder}`);
    for (const id of films) {
      const other = known.get(id);
      if (other !== undefined) {
        throw new FootageError(
          `the film ${id} is in ${other} and in ${folder}, expected it once: it could be trained on and held out`,
        );
      }
      known.set(id, folder);
      all.push({ ...(await readDataFilm(folder, id, size)), weight, isOnly: films.length === 1 });
    }
  }
  const candidates = all
    .filter(({ isOnly }) => !isOnly)
    .sort((a, b) => (orderOf(a.id) < orderOf(b.id) ? -1 : 1));
  const wanted = Math.max(1, Math.round(heldOut * all.length));
  const held = new Set<string>();
  for (const { id, dataset } of candidates) {
    const rest = all.filter((film) => film.dataset === dataset && !held.has(film.id));
    if (held.size < wanted && rest.length > 1) held.add(id);
  }
  if (held.size === 0) {
    throw new FootageError(
      `${data.map(({ folder }) => folder).join(', ')}: expected a data set of at least two films, of which one is held out, got ` +
        `${all.length} in ${data.length}; add films with moviedreamer footage, or part the film in two`,
    );
  }
  const shared = (films: typeof all): DataFilm[] => {
    const shots = new Map<string, number>();
    for (const { dataset, scripted } of films)
      shots.set(dataset, (shots.get(dataset) ?? 0) + scripted.keyframes.length);
    const sum = data.reduce((total, { folder, weight }) => total + (shots.has(folder) ? weight : 0), 0);
    return films.map(({ weight, isOnly: _, ...film }) => ({
      ...film,
      share: (weight / sum) * (film.scripted.keyframes.length / (shots.get(film.dataset) as number)),
    }));
  };
  return {
    train: shared(all.filter(({ id }) => !held.has(id))),
    validation: shared(all.filter(({ id }) => held.has(id))),
  };
}

const orderOf = (id: string): string => createHash('sha256').update(id).digest('hex');

async function readDataFilm(
  dataset: string,
  id: string,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Omit<DataFilm, 'share'>> {
  const { settings } = await readFilm(dataset, id);
  if (settings.width !== width || settings.height !== height) {
    throw new FootageError(
      `${dataset}: pictures of the film ${id} are ${settings.width} x ${settings.height}, and the preset is trained on ` +
        `${width} x ${height}; make the data set with this --preset`,
    );
  }
  const scripted = await readScriptedFilm(dataset, id);
  const { identities } = await readIdentities(dataset, id);
  const hash = createHash('sha256').update(scripted.text);
  for (const { id: frame, picture, people } of scripted.frames)
    hash.update(JSON.stringify([frame, picture, people]));
  const portraits = new Map<string, string>();
  for (const { id: name, face } of scripted.script.characters) {
    const path = resolve(scripted.folder, face);
    portraits.set(name, path);
    hash.update(await readFile(path));
  }
  return {
    ...{ dataset, id, scripted, portraits },
    identities: new Map(identities.map((identity) => [identity.name, identity.id])),
    fingerprint: hash.digest('hex'),
  };
}

/** The folder below `cache` of the keyframes of some films, and of what is computed with them. */
export function filmSetFolder(
  cache: string,
  split: string,
  films: readonly DataFilm[],
  size: { readonly width: number; readonly height: number },
): string {
  const key = createHash('sha256').update(
    JSON.stringify(films.map(({ id, fingerprint }) => [id, fingerprint])),
  );
  return join(cache, `films-${split}-${key.digest('hex').slice(0, 12)}-${size.width}x${size.height}`);
}
