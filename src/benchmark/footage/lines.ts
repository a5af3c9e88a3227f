import { join } from 'node:path';
import {
  addFigures,
  type CaptionFigures,
  captionFigures,
  captionFilm,
  noFigures,
  openTheatre,
  readDatasetFilm,
  type SeenFilm,
  theatreCaptioner,
  theatreScripter,
} from '../../captions/index.ts';
import { bestAssignment } from '../../metrics/index.ts';
import type { Preset } from '../../presets/index.ts';
import { WorkerHost, type WorkerHostOptions } from '../../runtime/index.ts';
import { generateEpisode } from '../../theatre/index.ts';
import { type Row, row } from '../rows.ts';
import type { PartEvent } from '../settings.ts';
import type { TrueFilm } from './films.ts';

/** The bars of the issue that asked for scripts from films. */
const bars = { place: 0.9, time: 0.9, size: 0.95, plotFive: 0.6 };

export interface LinesOptions {
  readonly dataset: string;
  readonly preset: Preset;
  readonly host: WorkerHostOptions;
  /** In the order of `ids`. */
  readonly films: readonly TrueFilm[];
  /** Ids in the data set. */
  readonly ids: readonly string[];
  readonly seed: number;
  readonly shots: number;
  readonly signal?: AbortSignal | undefined;
}

/** What captions by retrieval get right of the lines of drawn films, whose people and cuts `footage` found. */
export async function* measureLines(options: LinesOptions): AsyncGenerator<PartEvent, Row[], void> {
  const { dataset, preset, films, ids, seed, shots, signal } = options;
  const host = await WorkerHost.start(options.host);
  try {
    const cache = join(dataset, 'cache', 'captions');
    await using models = await openTheatre(host, preset, { cache, signal });
    let figures: CaptionFigures = noFigures;
    for (const [index, id] of ids.entries()) {
      yield { type: 'part', part: 'films to scripts', done: index, total: ids.length };
      const { film } = await readDatasetFilm(dataset, id);
      const own = { captioner: theatreCaptioner(models), scripter: theatreScripter(models), cache, signal };
      const work = captionFilm(film, own);
      let step = await work.next();
      while (!step.done) step = await work.next();
      const episode = generateEpisode(seed, index, 'test', { shots });
      const truth = films[index] as TrueFilm;
      const names = characterOf(film, truth);
      figures = addFigures(
        figures,
        captionFigures(step.value, {
          episode,
          shotOf: (shot) => shotAt(truth, middleOf(film, shot)),
          nameOf: (identity) => episode.characters.find((own) => own.id === names.get(identity))?.name,
        }),
      );
    }
    yield { type: 'part', part: 'films to scripts', done: ids.length, total: ids.length };
    return rowsOf(figures);
  } finally {
    await host.close();
  }
}

const shotAt = ({ cuts }: TrueFilm, seconds: number): number =>
  cuts.filter((cut) => cut <= seconds + 1e-6).length;

function middleOf({ shots }: SeenFilm, shot: number): number {
  const { from, to } = shots[shot] as (typeof shots)[number];
  return (from + to) / 2;
}

/** Each identity's character: each at most one, as suits the keyframes best. */
function characterOf(film: SeenFilm, truth: TrueFilm): Map<string, string> {
  const characters = [...new Set(truth.people.flat())].sort();
  const seen = film.frames.flatMap(({ people }) => people.flatMap(({ identity }) => identity ?? []));
  const identities = [...new Set(seen)].sort();
  const together = identities.map((identity) =>
    characters.map(
      (character) =>
        film.frames.filter(
          ({ seconds, people }) =>
            people.some((own) => own.identity === identity) &&
            truth.people[shotAt(truth, seconds)]?.includes(character),
        ).length,
    ),
  );
  return new Map(
    bestAssignment(together).map(([i, j]) => [identities[i] as string, characters[j] as string]),
  );
}

function rowsOf({ shots, ...right }: CaptionFigures): Row[] {
  const share = (name: keyof typeof right): number | undefined =>
    shots === 0 ? undefined : right[name] / shots;
  return [
    row('lines, place right', { figure: share('place'), atLeast: bars.place }),
    row('lines, time of day right', { figure: share('time'), atLeast: bars.time }),
    row('lines, weather right', { figure: share('weather') }),
    row('lines, size of the shot right', { figure: share('size'), atLeast: bars.size }),
    row('lines, the true sentence first', { figure: share('plotFirst') }),
    row('lines, the true sentence among the first five', {
      figure: share('plotFive'),
      atLeast: bars.plotFive,
    }),
    row('lines, the same to the letter', { figure: share('plotFiveExact') }),
  ];
}
