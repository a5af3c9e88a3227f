import { type Probe, trainProbe } from '../metrics/index.ts';
import { expressions, places, sizes, times, weathers } from '../theatre/index.ts';
import {
  answeredRight,
  expressionRight,
  type PictureQuestion,
  pictureQuestions,
  type SeenEpisode,
} from './measures.ts';
import { type Row, row } from './rows.ts';
import type { PartEvent } from './settings.ts';

const answers: Readonly<Record<PictureQuestion, readonly string[]>> = {
  place: places,
  time: times,
  weather: weathers,
  size: sizes,
};

const names: Readonly<Record<PictureQuestion, string>> = {
  place: 'place',
  time: 'time of day',
  weather: 'weather',
  size: 'shot size',
};

export interface Probes {
  readonly pictures: Readonly<Record<PictureQuestion, Probe>>;
  /** Of the square around a face. */
  readonly expression: Probe;
}

/** Trains all probes on true frames of the training split, on what CLIP sees in the parts of pictures. */
export function* trainProbes(seen: readonly SeenEpisode[]): Generator<PartEvent, Probes, void> {
  const frames = seen.flatMap(({ shots, looks }) =>
    looks.map((look, s) => ({ look, shot: shots[s] as SeenEpisode['shots'][number] })),
  );
  const faces = frames.flatMap(({ look, shot }) =>
    shot.people.map((person, i) => ({ how: look.known[i]!.how, expression: person.expression })),
  );
  const total = pictureQuestions.length + 1;
  const progress = (done: number): PartEvent => ({ type: 'part', part: 'probes', done, total });
  yield progress(0);
  const pictures: Partial<Record<PictureQuestion, Probe>> = {};
  for (const [i, question] of pictureQuestions.entries()) {
    const all = answers[question];
    pictures[question] = trainProbe(
      frames.map(({ look }) => look.parts),
      frames.map(({ shot }) => all.indexOf(shot.labels[question])),
      all.length,
    );
    yield progress(i + 1);
  }
  const expression = trainProbe(
    faces.map((f) => f.how),
    faces.map((f) => (expressions as readonly string[]).indexOf(f.expression)),
    expressions.length,
  );
  yield progress(total);
  return { pictures: pictures as Probes['pictures'], expression };
}

/** The pictures that are asked about. */
export interface ProbedSets {
  readonly truth: readonly SeenEpisode[];
  readonly vae: readonly SeenEpisode[];
  readonly reconstruction: readonly SeenEpisode[];
  readonly 'zero-shot': readonly SeenEpisode[];
  readonly 'few-shot': readonly SeenEpisode[];
}

/** What the probes see in the films; their own accuracy on true test frames is the first ceiling. */
export function probeRows(probes: Probes, sets: ProbedSets, withoutDetector: string | undefined): Row[] {
  const rows: Row[] = [];
  const films = ['zero-shot', 'few-shot'] as const;
  for (const question of pictureQuestions) {
    const probe = probes.pictures[question];
    const right = (seen: readonly SeenEpisode[]): number =>
      answeredRight(seen, question, answers[question], probe);
    const ceilings = {
      truth: right(sets.truth),
      VAE: right(sets.vae),
      'true tokens': right(sets.reconstruction),
    };
    for (const film of films)
      rows.push(
        row(`${film} ${names[question]} right`, { figure: right(sets[film]), ceilings, atLeast: 0.9 }),
      );
  }
  const right = (seen: readonly SeenEpisode[], where: 'known' | 'found'): number | undefined =>
    expressionRight(seen, where, expressions, probes.expression);
  const known = {
    truth: right(sets.truth, 'known'),
    VAE: right(sets.vae, 'known'),
  };
  rows.push(
    row('reconstruction expression right, at the true place of the face', {
      figure: right(sets.reconstruction, 'known'),
      ceilings: known,
    }),
  );
  const found = {
    truth: right(sets.truth, 'found'),
    VAE: right(sets.vae, 'found'),
    'true tokens': right(sets.reconstruction, 'found'),
  };
  for (const film of films) {
    rows.push(
      row(`${film} expression right, of the face that was found`, {
        figure: right(sets[film], 'found'),
        ...(withoutDetector ? { without: withoutDetector } : {}),
        ceilings: withoutDetector ? known : found,
        atLeast: 0.75,
      }),
    );
  }
  return rows;
}
