import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DataFilm,
  type FilmSplits,
  filmSetFolder,
  frameCount,
  frameSetFolder,
  readFilmData,
} from '../../corpus/index.ts';
import { freeBytes, sizeText } from '../../files/index.ts';
import { ModelLoader } from '../../inference/index.ts';
import { type DataPart, dataSettingsOf, type StageContext } from '../stage.ts';
import type { StageName } from '../stages/index.ts';
import { modelsKey, shortHash } from './features.ts';
import { type Split, type SplitCounts, type StageFile, stageFiles } from './stageData.ts';

/** A file of a stage's data. */
export interface PlannedFile {
  /** The split that the file holds. */
  readonly split: Split;
  /** Such as `frames` or `latents`. */
  readonly what: string;
  /** Names the file, for `StagesBefore.made`. */
  readonly key: string;
  /** Its size; where that depends on the drawn scripts, an estimate. */
  readonly bytes: number;
  /** What of it is still to be written, in bytes. */
  readonly missing: number;
}

/** What a stage keeps on disk before its first step. Sizes are in bytes. */
export interface DataPlan {
  /** The folder of all training data. */
  readonly folder: string;
  /** Names the films and their weights; undefined where the theatre draws. */
  readonly filmsKey: string | undefined;
  /** What is read of films, a line a data set and split; none where the theatre draws. */
  readonly films: readonly string[];
  /** The files of the data. */
  readonly files: readonly PlannedFile[];
  /** Size of all files. */
  readonly bytes: number;
  /** Bytes that are still to be written. */
  readonly missing: number;
  /** Free on the folder's disk. */
  readonly free: number;
  /** Seconds to draw the frames that are missing: a rough figure. */
  readonly drawing: number;
}

/** Seconds to draw a frame of so many pixels, about as measured on one core at 112x64, 448x256 and 896x512. */
const secondsPerFrame = (pixels: number): number => 0.01 + 0.15e-6 * pixels;

/** What the stages before will have done by then. */
export interface StagesBefore {
  /** Models that they train: what was computed with the present ones is made anew. */
  readonly trained: ReadonlySet<string>;
  /** Keys of the files that they make. */
  readonly made: ReadonlySet<string>;
}

const none: StagesBefore = { trained: new Set(), made: new Set() };

/** Which data a stage reads, how large they are, and what of them is there already, from configs alone: nothing is drawn. */
export async function planData(
  context: Pick<StageContext, 'preset' | 'host' | 'cache' | 'data'>,
  stage: StageName,
  before: StagesBefore = none,
): Promise<DataPlan> {
  const { preset, cache } = context;
  const { width, height, ...sets } = await dataSettingsOf(preset);
  const pixels = width * height;
  const files: PlannedFile[] = [];
  let drawing = 0;
  const all = await stageFiles(stage, preset, await preset.config('training', `${stage}.json`));
  const isThere = new Map<StageFile, number>();
  const films = context.data ? await readFilmData(context.data, { width, height }) : undefined;
  const setOf = ({ split, set }: StageFile): DataPart => set ?? sets[split];
  const folderOf = (file: StageFile): string => {
    if (films) return filmSetFolder(cache, file.split, films[file.split], { width, height });
    const { seed, episodes, shots } = setOf(file);
    return frameSetFolder(cache, { split: file.split, seed, episodes, shots, width, height });
  };
  const keyOf = (file: StageFile): string => join(folderOf(file), file.name);
  for (const file of all) {
    const folder = folderOf(file);
    const isMade = before.made.has(keyOf(file));
    const there = isMade ? Number.POSITIVE_INFINITY : await bytesThere(context, folder, file, before.trained);
    isThere.set(file, there);
  }
  for (const file of all) {
    const set = setOf(file);
    const counts = films
      ? { ...countsOf(films[file.split]), pixels }
      : { frames: frameCount(set), episodes: set.episodes, mostShots: set.shots[1], pixels };
    const whole = all.find(({ name, split }) => name === file.only && split === file.split);
    if (whole && isThere.get(whole) === Number.POSITIVE_INFINITY) continue;
    const bytes = file.bytes(counts);
    const missing = Math.max(0, bytes - (isThere.get(file) ?? 0));
    if (file.what === 'frames' && !films) drawing += (missing / (3 * pixels)) * secondsPerFrame(pixels);
    files.push({ split: file.split, what: file.what, key: keyOf(file), bytes, missing });
  }
  const sum = (key: 'bytes' | 'missing'): number => files.reduce((n, file) => n + file[key], 0);
  return {
    folder: cache,
    filmsKey: films && shortHash(films.train.map(({ id, fingerprint, share }) => [id, fingerprint, share])),
    films: films ? describeFilms(films) : [],
    files,
    bytes: sum('bytes'),
    missing: sum('missing'),
    free: await freeBytes(cache),
    drawing,
  };
}

/** Rows that are read of films. */
function countsOf(films: readonly DataFilm[]): Omit<SplitCounts, 'pixels'> {
  const shots = films.map(({ scripted }) => scripted.keyframes.length);
  return { frames: shots.reduce((a, b) => a + b, 0), episodes: films.length, mostShots: Math.max(...shots) };
}

function byDataset(films: readonly DataFilm[]): Map<string, DataFilm[]> {
  const sets = new Map<string, DataFilm[]>();
  for (const film of films) sets.set(film.dataset, [...(sets.get(film.dataset) ?? []), film]);
  return sets;
}

function describeFilms(splits: FilmSplits): string[] {
  return (['train', 'validation'] as const).flatMap((split) => {
    const bySet = byDataset(splits[split]);
    return [...bySet].map(([dataset, films]) => {
      const share = Math.round(100 * films.reduce((sum, film) => sum + film.share, 0));
      const { frames } = countsOf(films);
      const ids = films.slice(0, 5).map(({ id }) => id);
      const list = `${ids.join(', ')}${films.length > 5 ? `, and ${films.length - 5} more` : ''}`;
      const use = split === 'train' ? `to train on, ${share} % of what is drawn` : 'held out';
      return `${dataset}: ${films.length} films, ${frames} shots, ${use}: ${list}`;
    });
  });
}

/** Bytes of a file that an earlier run wrote; infinity where it is whole. */
async function bytesThere(
  { preset, host }: Pick<StageContext, 'preset' | 'host'>,
  folder: string,
  { name, computedWith, key: keyOf }: StageFile,
  trained: ReadonlySet<string>,
): Promise<number> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.length === 0 || computedWith.some((model) => trained.has(model))) return 0;
  const models = new ModelLoader(preset, host);
  const key = keyOf
    ? await keyOf(models)
    : computedWith.length > 0
      ? await modelsKey(models, ...computedWith)
      : undefined;
  const is = (file: string, end: string): boolean => {
    if (key === undefined) return file === `${name}${end}`;
    // between name and key may stand how many clips there are, behind the key how tokens were sampled
    return new RegExp(`^${name}(-\\d+x\\d+x\\d+)?-${key}(-[0-9a-f]+)?\\.f16${end}$`).test(file);
  };
  if (names.some((file) => is(file, ''))) return Number.POSITIVE_INFINITY;
  const begun = names.find((file) => is(file, '.tmp'));
  return begun === undefined ? 0 : (await stat(join(folder, begun))).size;
}

/** The plan in one line, such as `vae: data in runs/cache: 13.3 GB (frames 13.3 GB), ...`. */
export function describeData(stage: string, plan: DataPlan): string {
  const { folder, files, bytes, missing, free, drawing } = plan;
  const kinds = new Map<string, number>();
  for (const file of files) kinds.set(file.what, (kinds.get(file.what) ?? 0) + file.bytes);
  const list = [...kinds].sort(([, a], [, b]) => b - a).map(([what, size]) => `${what} ${sizeText(size)}`);
  const all = `${stage}: about ${sizeText(bytes)} of data in ${folder}: ${list.join(', ')}`;
  if (missing === 0) return `${all}; all of it is there`;
  const time = drawing >= 60 ? `, of which drawing takes roughly ${Math.ceil(drawing / 60)} min` : '';
  return `${all}; ${sizeText(missing)} are still to be made${time}; ${sizeText(free)} are free there`;
}
