import { type Probe, trainProbe } from '../metrics/index.ts';
import { expressions, places, propNames, sizes, times, weathers } from '../theatre/index.ts';
import type { SeenFace } from './look.ts';
import {
  answeredRight,
  expressionRight,
  heldRight,
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

/** What may be in a hand. */
const things: readonly string[] = [...propNames, 'nothing'];

/** Bars of issue 15: what an earlier build reached, and more of the weather. */
const bars: Readonly<Record<PictureQuestion, number>> = {
  place: 0.952,
  time: 0.97,
  weather: 0.83,
  size: 0.992,
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
  /** Of what hands reach: one of `things`. */
  readonly held: Probe;
}

/** Trains all probes on true frames of the training split, on what CLIP sees in the parts of pictures. */
export function* trainProbes(seen: readonly SeenEpisode[]): Generator<PartEvent, Probes, void> {
  const frames = seen.flatMap(({ shots, looks }) =>
    looks.map((look, s) => ({ look, shot: shots[s] as SeenEpisode['shots'][number] })),
  );
  const faces = frames.flatMap(({ look, shot }) =>
    shot.people.map((person, i) => ({ person, face: look.known[i] as SeenFace })),
  );
  const total = pictureQuestions.length + 2;
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
    faces.map(({ face }) => face.how),
    faces.map(({ person }) => (expressions as readonly string[]).indexOf(person.expression)),
    expressions.length,
  );
  yield progress(total - 1);
  const held = trainProbe(
    faces.map(({ face }) => face.hands),
    faces.map(({ person }) => things.indexOf(person.held ?? 'nothing')),
    things.length,
  );
  yield progress(total);
  return { pictures: pictures as Probes['pictures'], expression, held };
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
        row(`${film} ${names[question]} right`, {
          figure: right(sets[film]),
          ceilings,
          atLeast: bars[question],
        }),
      );
  }
  const expression: Asked = {
    what: 'expression',
    at: 'of the face',
    right: (seen, where) => expressionRight(seen, where, expressions, probes.expression),
    bar: () => ({ atLeast: 0.45 }),
    vaeBar: 0.55,
  };
  const held: Asked = {
    what: 'object in hand',
    at: 'below the face',
    right: (seen, where) => heldRight(seen, where, things, probes.held),
    // by guessing a sixteenth is right: a probe that hardly beats that judges nobody
    bar: (truth) =>
      truth === undefined || truth < 0.25 ? {} : { atLeast: 0.6 * truth, rule: "0.6 of the truth's own" },
  };
  return [...rows, ...[expression, held].flatMap((asked) => peopleRows(asked, sets, withoutDetector))];
}

/** What is asked of people, by their faces. */
interface Asked {
  readonly what: string;
  /** Where it is looked for. */
  readonly at: string;
  right(seen: readonly SeenEpisode[], where: 'known' | 'found'): number | undefined;
  /** The bar of films, by what the truth itself gives. */
  bar(truth: number | undefined): { readonly atLeast?: number; readonly rule?: string };
  /** The bar of VAE round trips, which get a row where they have one. */
  readonly vaeBar?: number;
}

function peopleRows(asked: Asked, sets: ProbedSets, withoutDetector: string | undefined): Row[] {
  const { what, at, right, vaeBar } = asked;
  const nobody = withoutDetector ? { without: withoutDetector } : {};
  const known = { truth: right(sets.truth, 'known'), VAE: right(sets.vae, 'known') };
  const found = {
    truth: right(sets.truth, 'found'),
    VAE: right(sets.vae, 'found'),
    'true tokens': right(sets.reconstruction, 'found'),
  };
  const rows = [
    row(`reconstruction ${what} right, ${at} at its true place`, {
      figure: right(sets.reconstruction, 'known'),
      ceilings: known,
    }),
  ];
  if (vaeBar !== undefined) {
    const { VAE: figure, truth } = found;
    const ceilings = { truth: withoutDetector ? known.truth : truth };
    rows.push(
      row(`VAE round trips ${what} right, ${at} that was found`, {
        figure,
        ...nobody,
        ceilings,
        atLeast: vaeBar,
      }),
    );
  }
  const ceilings = withoutDetector ? known : found;
  for (const film of ['zero-shot', 'few-shot'] as const) {
    rows.push(
      row(`${film} ${what} right, ${at} that was found`, {
        figure: right(sets[film], 'found'),
        ...nobody,
        ceilings,
        ...asked.bar(ceilings.truth),
      }),
    );
  }
  return rows;
}
