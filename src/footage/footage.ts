import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorRecord, isExpectedError } from '../base/index.ts';
import { checkOutputFolder, claim, explainDiskError, writeFileAtomically } from '../files/index.ts';
import { VideoError } from '../media/index.ts';
import { Preset } from '../presets/index.ts';
import type { DeviceName } from '../runtime/index.ts';
import { type DatasetRecord, datasetVersion, type FilmRecord } from './dataset.ts';
import { type FilmResult, type FilmSettings, type FilmStep, makeFilm, pretty } from './film.ts';
import { FootageError } from './footageError.ts';
import { readDataset, readFilm } from './layout.ts';
import { frameSizeOf, openPeople } from './openPeople.ts';
import type { PeopleSource, PeopleSourceName } from './peopleSource.ts';
import { type RefusedFilm, reportOf } from './report.ts';
import type { SkipChoice } from './skips.ts';
import { type GivenFilm, openFilm } from './source.ts';

export interface FootageOptions {
  /** Paths of films. */
  readonly films: readonly string[];
  /** Folder of the data set; films are added to those that it has. */
  readonly out: string;
  /** Name or folder; 'theatre' by default. Its frames' size is that of the pictures, its encoder that of the faces. */
  readonly preset?: string | undefined;
  readonly weights?: string | undefined;
  /** Seconds between keyframes, 1 by default. */
  readonly every?: number | undefined;
  /** Seconds left out at the beginning and the end; found by default. */
  readonly skipStart?: SkipChoice | undefined;
  readonly skipEnd?: SkipChoice | undefined;
  /** Where people and faces come from; the preset's own models by default. */
  readonly people?: PeopleSourceName | undefined;
  /** Least mean cosine similarity of faces that are one person's, -1 .. 1. Default: the encoder's. */
  readonly sameFace?: number | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type FootageEvent =
  | { readonly type: 'film'; readonly film: string; readonly path: string }
  | {
      readonly type: 'progress';
      readonly film: string;
      readonly step: FilmStep;
      /** Keyframes looked at; in the step `keyframes` the second that was reached, and no total. */
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: 'notice'; readonly film?: string; readonly message: string }
  | { readonly type: 'refused'; readonly path: string; readonly reason: string }
  | { readonly type: 'finished'; readonly film: string; readonly record: FilmRecord }
  | {
      readonly type: 'dataset';
      readonly path: string;
      readonly films: number;
      readonly frames: number;
      readonly report: string;
    };

/**
 * Makes a data set from films: keyframes, cuts, people, faces and identities (paper, appendix C). Stopped at any moment, the
 * same options go on, and give the same bytes. A film that cannot be read is refused with its reason, and the others are made.
 *
 * @throws {FootageError} before any work for options that cannot be, and at the end when films were refused.
 */
export async function* footage(options: FootageOptions): AsyncGenerator<FootageEvent, void, void> {
  check(options);
  await checkOutputFolder(options.out);
  await mkdir(options.out, { recursive: true }).catch(async (error) => {
    throw await explainDiskError(error, options.out);
  });
  const held = await claim(join(options.out, 'dataset.json'), { signal: options.signal });
  try {
    yield* work(options);
  } catch (error) {
    throw await explainDiskError(error, options.out);
  } finally {
    await held.release();
  }
}

function check({ films, every = 1, skipStart, skipEnd, sameFace }: FootageOptions): void {
  const refuse = (what: string, got: unknown): never => {
    throw new FootageError(`footage: ${what}, got ${got}`);
  };
  if (films.length === 0) refuse('films must name at least one film', 'none');
  if (!(every > 0 && every <= 3600)) refuse('every must be more than 0 and at most 3600 seconds', every);
  for (const [name, skip] of Object.entries({ skipStart, skipEnd })) {
    if (skip === undefined || skip === 'auto') continue;
    if (!(skip >= 0 && skip < Number.POSITIVE_INFINITY))
      refuse(`${name} must be 'auto' or seconds from 0`, skip);
  }
  if (sameFace !== undefined && !(sameFace >= -1 && sameFace <= 1))
    refuse('sameFace must be -1 to 1', sameFace);
}

async function* work(options: FootageOptions): AsyncGenerator<FootageEvent, void, void> {
  const { out, every = 1, skipStart = 'auto', skipEnd = 'auto', sameFace, people = 'theatre' } = options;
  const preset = await Preset.open(
    options.preset ?? 'theatre',
    options.weights ? { weights: options.weights } : {},
  );
  const settings: FilmSettings = { every, skipStart, skipEnd, sameFace, ...(await frameSizeOf(preset)) };
  const opened = people === 'none' ? undefined : await openPeople(people, preset, options);
  const refused: RefusedFilm[] = [];
  const made = new Map<string, FilmResult>();
  try {
    for (const path of options.films) {
      options.signal?.throwIfAborted();
      try {
        const film = await openFilm(path, options.signal);
        const same = [...made.values()].find(({ record }) => record.source.sha256 === film.sha256);
        if (same)
          throw new VideoError(path, `is the same as ${same.record.source.name}`, 'give each film once');
        yield { type: 'film', film: film.id, path };
        const result = yield* filmEvents(out, film, settings, opened?.source, options.signal);
        made.set(film.id, result);
        await addToDataset(out, film.id);
        for (const message of noticesOf(result)) yield { type: 'notice', film: film.id, message };
        yield { type: 'finished', film: film.id, record: result.record };
      } catch (error) {
        if (options.signal?.aborted || !VideoError.isInstance(error) || !isExpectedError(error)) throw error;
        const reason = errorRecord(error).message;
        refused.push({ path, reason });
        yield { type: 'refused', path, reason };
      }
    }
  } finally {
    await opened?.release();
  }
  const { films } = (await datasetOf(out)) as DatasetRecord;
  const records = await Promise.all(films.map((film) => readFilm(out, film)));
  const report = join(out, 'report.json');
  await writeFileAtomically(report, pretty(reportOf(records, refused)));
  const frames = records.reduce((sum, { counts }) => sum + counts.frames, 0);
  yield { type: 'dataset', path: out, films: films.length, frames, report };
  if (refused.length > 0) {
    const list = refused.map(({ reason }) => `\n- ${reason}`).join('');
    throw new FootageError(
      `${refused.length} of ${options.films.length} films ${refused.length === 1 ? 'was' : 'were'} refused:${list}`,
    );
  }
}

/** Runs `makeFilm`, with its progress as events. */
async function* filmEvents(
  out: string,
  film: GivenFilm,
  settings: FilmSettings,
  source: PeopleSource | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<FootageEvent, FilmResult, void> {
  let news: FootageEvent | undefined;
  let wake: () => void = () => undefined;
  const left = new AbortController(); // nobody asks for events any more
  const stop = AbortSignal.any([left.signal, ...(signal ? [signal] : [])]);
  const work = makeFilm(
    out,
    film,
    settings,
    source,
    (step, done, total) => {
      news = { type: 'progress', film: film.id, step, done, total };
      wake();
    },
    stop,
  );
  const finished = work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  try {
    for (;;) {
      const told = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const end = news ? undefined : await Promise.race([finished, told]);
      if (news) {
        const event = news;
        news = undefined;
        yield event;
      } else if (end) {
        if ('error' in end) throw end.error;
        return end.result;
      }
    }
  } finally {
    left.abort();
    await finished; // before the models that it uses are released
  }
}

/** What somebody should know about a film: nothing is left out in silence. */
function noticesOf({ record, identities }: FilmResult): string[] {
  const { skipped, counts, source } = record;
  const notices = source.notes.map((note) => `pictures are ${note}`);
  for (const [where, { seconds, reason }] of [
    ['beginning', skipped.start],
    ['end', skipped.end],
  ] as const) {
    if (seconds > 0) notices.push(`the ${where}, ${seconds.toFixed(1)} s, is left out: ${reason}`);
  }
  if (counts.framesOfOneField > 0) {
    notices.push(`the film is interlaced: ${counts.framesOfOneField} keyframes show one of their two fields`);
  }
  if (counts.framesMissing > 0) {
    notices.push(`${counts.framesMissing} times no new frame came when a keyframe was due`);
  }
  if (counts.peopleLeftOut > 0) {
    notices.push(`${counts.peopleLeftOut} people are left out: a keyframe keeps the five most confident`);
  }
  if (counts.shotsWithoutFrame > 0) {
    notices.push(`${counts.shotsWithoutFrame} of ${counts.shots} shots lie between two keyframes`);
  }
  for (const { ids, similarity } of identities.doubtful.slice(0, 5)) {
    notices.push(
      `${ids.join(' and ')} are nearly alike (${similarity.toFixed(2)}): if they are one person, who aged or wears a mask, ` +
        'give them one name in cast.yaml',
    );
  }
  return notices;
}

async function datasetOf(out: string): Promise<DatasetRecord | undefined> {
  try {
    return await readDataset(out);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function addToDataset(out: string, film: string): Promise<void> {
  const known = (await datasetOf(out))?.films ?? [];
  const films = [...new Set([...known, film])].sort();
  const record: DatasetRecord = { format: 'moviedreamer-footage', version: datasetVersion, films };
  await writeFileAtomically(join(out, 'dataset.json'), pretty(record));
}
