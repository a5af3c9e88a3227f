import {
  type Appearance,
  appearancesOf,
  clipScore,
  cosineSimilarity,
  identify,
  type LongTermConsistency,
  longTermConsistency,
  mean,
  type Probe,
  shortTermConsistency,
} from '../metrics/index.ts';
import type { TestShot, TruePerson } from './episodes.ts';
import type { Look, SeenFace } from './look.ts';

/** An episode's pictures, true or generated, as the encoders see them, beside what is true of the shots. */
export interface SeenEpisode {
  readonly shots: readonly TestShot[];
  readonly looks: readonly Look[];
  /** Face embedding of every character's portrait. */
  readonly portraits: ReadonlyMap<string, Float32Array>;
}

/** Mean CLIP cosine of pictures with the true ones of the same shots (CLIP-sim): -1 .. 1, higher is better. */
export function clipSim(seen: readonly SeenEpisode[], truth: readonly SeenEpisode[]): number {
  return share(
    seen.flatMap(({ looks }, e) =>
      looks.map((look, s) => cosineSimilarity(look.clip, truth[e]!.looks[s]!.clip)),
    ),
  );
}

/** ST of the paper (see `shortTermConsistency`), the mean over episodes; undefined where nobody comes back. */
export function shortTerm(seen: readonly SeenEpisode[]): number | undefined {
  return mean(
    seen
      .map(({ shots, looks }) =>
        shortTermConsistency(
          shots.map((shot, i) => ({
            embedding: looks[i]!.clip,
            characters: shot.people.map((p) => p.id),
          })),
        ),
      )
      .filter((v) => v !== undefined),
  );
}

/** Mean CLIP score (see `clipScore`), 0 .. 100. `texts[e][s]`: the embeddings of a shot's sentences. */
export function meanClipScore(
  seen: readonly SeenEpisode[],
  texts: readonly (readonly (readonly Float32Array[])[])[],
): number {
  return share(
    seen.flatMap(({ looks }, e) => looks.flatMap((look, s) => clipScore(look.clip, texts[e]![s]!) ?? [])),
  );
}

/** LT, precision and F1 over all characters and frames of all episodes; undefined without a detector. */
export function longTerm(seen: readonly SeenEpisode[], threshold: number): LongTermConsistency | undefined {
  const appearances: Appearance[] = [];
  for (const { shots, looks, portraits } of seen) {
    for (const [i, { found }] of looks.entries()) {
      if (!found) return undefined;
      const named = shots[i]!.people.map((p) => p.id);
      appearances.push(...appearancesOf(identitiesOf(found, portraits), named, portraits.keys()));
    }
  }
  return appearances.some((a) => a.isThere) ? longTermConsistency(appearances, threshold) : undefined;
}

/** LT of the last quarter of a film and of the first: 0 .. 1. */
export function quarters(
  { shots, looks, portraits }: SeenEpisode,
  threshold: number,
): { first: number; last: number } | undefined {
  const size = Math.ceil(shots.length / 4);
  const part = (from: number): number | undefined =>
    longTerm(
      [{ shots: shots.slice(from, from + size), looks: looks.slice(from, from + size), portraits }],
      threshold,
    )?.recall;
  const [first, last] = [part(0), part(shots.length - size)];
  return first === undefined || last === undefined ? undefined : { first, last };
}

/** What the probes are asked of a whole picture. */
export const pictureQuestions = ['place', 'time', 'weather', 'size'] as const;
export type PictureQuestion = (typeof pictureQuestions)[number];

/** Share of pictures whose place, say, the probe sees as it was written: 0 .. 1. */
export function answeredRight(
  seen: readonly SeenEpisode[],
  question: PictureQuestion,
  answers: readonly string[],
  probe: Probe,
): number {
  return share(
    seen.flatMap(({ shots, looks }) =>
      looks.map((look, s) => (answers[probe.classify(look.parts)] === shots[s]!.labels[question] ? 1 : 0)),
    ),
  );
}

/** Share of shots without people in which the detector finds nobody, 0 .. 1; undefined without such shots or a detector. */
export function emptyRight(seen: readonly SeenEpisode[]): number | undefined {
  const empty = seen.flatMap(({ shots, looks }) => looks.filter((_, s) => shots[s]!.people.length === 0));
  if (empty.some(({ found }) => !found)) return undefined;
  return mean(empty.map(({ found }) => (found?.length === 0 ? 1 : 0)));
}

/**
 * Share of people who show the expression that the shot has, 0 .. 1: of the face at the known place, or (`found`) of the
 * face that the detector found and the face encoder took for that person, where nobody found is wrong. Undefined
 * without a detector.
 */
export function expressionRight(
  seen: readonly SeenEpisode[],
  where: 'known' | 'found',
  answers: readonly string[],
  probe: Probe,
): number | undefined {
  return peopleRight(seen, where, (person, face) => answers[probe.classify(face.how)] === person.expression);
}

/**
 * Share of people whose script puts a thing into their hand and in whose hands the probe sees that thing, 0 .. 1, of the
 * faces as `expressionRight` takes them. Undefined without a detector, or where nobody holds anything.
 */
export function heldRight(
  seen: readonly SeenEpisode[],
  where: 'known' | 'found',
  answers: readonly string[],
  probe: Probe,
): number | undefined {
  const right = (person: TruePerson, face: SeenFace): boolean =>
    answers[probe.classify(face.hands)] === person.held;
  return peopleRight(seen, where, right, (person) => person.held !== undefined);
}

/** Share of the people asked about whose face is there and of whom `right` holds. */
function peopleRight(
  seen: readonly SeenEpisode[],
  where: 'known' | 'found',
  right: (person: TruePerson, face: SeenFace) => boolean,
  asked: (person: TruePerson) => boolean = () => true,
): number | undefined {
  const hits: number[] = [];
  for (const { shots, looks, portraits } of seen) {
    for (const [s, { known, found }] of looks.entries()) {
      if (where === 'found' && !found) return undefined;
      const named = where === 'found' ? facesByName(found as readonly SeenFace[], portraits) : undefined;
      for (const [i, person] of shots[s]!.people.entries()) {
        if (!asked(person)) continue;
        const face = named ? named.get(person.id) : known[i];
        hits.push(face && right(person, face) ? 1 : 0);
      }
    }
  }
  return mean(hits);
}

function facesByName(
  found: readonly SeenFace[],
  portraits: ReadonlyMap<string, Float32Array>,
): Map<string, SeenFace> {
  return new Map(identitiesOf(found, portraits).map((i) => [i.character, found[i.face] as SeenFace]));
}

function identitiesOf(found: readonly SeenFace[], portraits: ReadonlyMap<string, Float32Array>) {
  return identify(
    found.map(({ who, score }) => ({ embedding: who, score })),
    portraits,
  );
}

/** The mean; 0 of nothing. */
export const share = (values: readonly number[]): number => mean(values) ?? 0;
