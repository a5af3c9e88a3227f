import { join, resolve } from 'node:path';
import { makeFolder } from '../../evaluation/index.ts';
import { writeFileAtomically } from '../../files/index.ts';
import { type FilmRecord, type FootageFrame, footage, frameSizeOf, readFrames } from '../../footage/index.ts';
import { Preset } from '../../presets/index.ts';
import type { DeviceName } from '../../runtime/index.ts';
import { type Row, row } from '../rows.ts';
import type { PartEvent } from '../settings.ts';
import { drawFilms, type TrueFilm } from './films.ts';
import { measureLines } from './lines.ts';
import { addHits, cutHits, f1, type Hits, noHits, peopleHits } from './scores.ts';

export interface FootageBenchmarkOptions {
  /** Name or folder; 'theatre' by default. */
  readonly preset?: string | undefined;
  readonly weights?: string | undefined;
  /** Films of the theatre's test split. Default 10. */
  readonly episodes?: number | undefined;
  /** Shots of each. Default 32. */
  readonly shots?: number | undefined;
  readonly seed?: number | undefined;
  /** Where footage.json goes. */
  readonly out: string;
  /** Where films and the data set stay for the next time. */
  readonly cache: string;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type FootageBenchmarkEvent =
  | PartEvent
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'footage'; readonly rows: readonly Row[]; readonly json: string };

/** The bars of the issue that asked for data sets from films. */
const bars = { cuts: 0.98, people: 0.95 };
/** A cut is right where it is found at the first frame of its shot; times in containers are rounded. */
const tolerance = 0.01;

/**
 * Measures `footage` on films whose truth is known: theatre films of the test split, their clips joined with cuts. Films that
 * are drawn, and what the models saw, are taken from the cache.
 */
export async function* footageBenchmark(
  options: FootageBenchmarkOptions,
): AsyncGenerator<FootageBenchmarkEvent, void, void> {
  const { episodes = 10, shots = 32, seed = 0, preset, weights, device, threads, signal } = options;
  await makeFolder('benchmark footage: --out', options.out);
  await makeFolder('benchmark footage: --cache', options.cache);
  const cache = resolve(options.cache);
  const opened = await Preset.open(preset ?? 'theatre', weights ? { weights } : {});
  const size = await frameSizeOf(opened);
  const films = yield* drawFilms(cache, { ...size, seed, episodes, shots });
  const dataset = join(cache, 'footage-dataset');
  const records: FilmRecord[] = [];
  const given = { preset, weights, device, threads, signal };
  const paths = films.map(({ path }) => path);
  for await (const event of footage({ ...given, films: paths, out: dataset })) {
    if (event.type === 'notice') yield { type: 'notice', message: `${event.film}: ${event.message}` };
    if (event.type !== 'finished') continue;
    records.push(event.record);
    yield { type: 'part', part: 'films to data set', done: records.length, total: films.length };
  }
  let [cuts, people] = [noHits, noHits];
  for (const [i, film] of films.entries()) {
    const record = records[i] as FilmRecord;
    const begun = record.shots.slice(1).map(({ from }) => from);
    cuts = addHits(cuts, cutHits(begun, film.cuts, tolerance));
    people = addHits(people, await peopleOf(dataset, record.id, film));
  }
  const lines = yield* measureLines({
    ...{ dataset, preset: opened, films, seed, shots, signal },
    host: { ...(device ? { device } : {}), ...(threads ? { threads } : {}) },
    ids: records.map(({ id }) => id),
  });
  const rows = [
    row(`cuts, F1 (${inWords(cuts)})`, { figure: f1(cuts), atLeast: bars.cuts }),
    row(`people in keyframes, F1 (${inWords(people)})`, { figure: f1(people), atLeast: bars.people }),
    ...lines,
  ];
  const json = join(resolve(options.out), 'footage.json');
  const result = { format: 'moviedreamer-benchmark-footage-1', episodes, shots, seed, rows };
  await writeFileAtomically(json, `${JSON.stringify(result, null, 1)}\n`);
  yield { type: 'footage', rows, json };
}

const inWords = ({ right, found, there }: Hits): string => `${right} right, ${found} found, ${there} there`;

/** Keyframes against who is in the shot that the film shows then. */
async function peopleOf(dataset: string, id: string, film: TrueFilm): Promise<Hits> {
  const frames: FootageFrame[] = [];
  for await (const frame of readFrames(dataset, id)) frames.push(frame);
  return peopleHits(
    frames.map(({ seconds, people }) => {
      const shot = film.cuts.filter((cut) => cut <= seconds + 1e-6).length;
      return { there: film.people[shot] ?? [], found: people.map(({ identity }) => identity) };
    }),
  );
}
