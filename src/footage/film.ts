import { join } from 'node:path';
import { writeSafetensors } from '../checkpoints/index.ts';
import { writeFileAtomically } from '../files/index.ts';
import { f32 } from '../graph/index.ts';
import { applyCast, type CastFaces, completeCast, readCast } from './cast.ts';
import {
  datasetVersion,
  type FilmCounts,
  type FilmRecord,
  type FootageFrame,
  type FootageModel,
  type FootageShot,
  facesFormat,
  framesFormat,
  type IdentitiesRecord,
  type Skip,
} from './dataset.ts';
import { type SeenFrame, seePeople } from './findPeople.ts';
import { describeIdentities, doubtfulPairs, type Face, facesOf, joinFaces } from './identities.ts';
import { type Keyframe, type KeyframeSettings, type Keyframes, makeKeyframes } from './keyframes.ts';
import { type FilmPaths, filmPaths, frameNumber, picturePath } from './layout.ts';
import type { PeopleSource } from './peopleSource.ts';
import { findSkips, type SkipChoice } from './skips.ts';
import type { GivenFilm } from './source.ts';

export interface FilmSettings extends KeyframeSettings {
  readonly skipStart: SkipChoice;
  readonly skipEnd: SkipChoice;
  /** Least mean cosine similarity of faces that are one person's. Default: the encoder's. */
  readonly sameFace?: number | undefined;
}

/** Steps of a film, in their order. */
export type FilmStep = 'keyframes' | 'people';

/** What a film gave. */
export interface FilmResult {
  readonly record: FilmRecord;
  readonly identities: IdentitiesRecord;
}

/**
 * Takes one film through all steps. What is there from before with the same key is taken; the same film, settings and models
 * give the same bytes, whatever was stopped in between.
 *
 * @throws {VideoError} where the film is damaged: nothing of it is kept then.
 */
export async function makeFilm(
  dataset: string,
  film: GivenFilm,
  settings: FilmSettings,
  source: PeopleSource | undefined,
  onProgress: (step: FilmStep, done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<FilmResult> {
  const paths = filmPaths(dataset, film.id);
  const keyframes = await makeKeyframes(
    film,
    paths,
    settings,
    (seconds) => onProgress('keyframes', seconds, 0),
    signal,
  );
  const skipped = findSkips(keyframes.frames, keyframes.seconds, settings.skipStart, settings.skipEnd);
  const kept = keyframes.frames.filter(
    ({ seconds }) =>
      seconds >= skipped.start.seconds - 1e-6 && seconds < keyframes.seconds - skipped.end.seconds - 1e-6,
  );
  const seen = source
    ? await seePeople(
        join(dataset, 'cache'),
        paths,
        keyframes,
        kept,
        source,
        (done, total) => onProgress('people', done, total),
        signal,
      )
    : kept.map(({ number }): SeenFrame => ({ number, people: [], leftOut: 0 }));
  return write(film, paths, { settings, source, keyframes, skipped, kept, seen });
}

interface Findings {
  readonly settings: FilmSettings;
  readonly source: PeopleSource | undefined;
  readonly keyframes: Keyframes;
  readonly skipped: { readonly start: Skip; readonly end: Skip };
  readonly kept: readonly Keyframe[];
  readonly seen: readonly SeenFrame[];
}

async function write(film: GivenFilm, paths: FilmPaths, findings: Findings): Promise<FilmResult> {
  const { settings, source, keyframes, kept, seen } = findings;
  const shots = shotsOf(keyframes);
  const shotByFrame = new Map(kept.map(({ number, seconds }) => [number, shotAt(shots, seconds)]));
  const faces = facesOf(seen, (number) => shotByFrame.get(number) as number);
  const sameFace = settings.sameFace ?? source?.embedder.sameFace ?? 1;
  const cast = await readCast(paths.cast);
  const who = applyCast(cast, faces, joinFaces(faces, sameFace), paths.cast);
  const identities = identitiesRecord(film.id, faces, who, sameFace);
  const frames = framesOf(film.id, findings, shotByFrame, faces, who);
  const record: FilmRecord = {
    version: datasetVersion,
    id: film.id,
    source: {
      ...{ name: film.name, sha256: film.sha256, bytes: film.bytes },
      ...{ width: film.video.width, height: film.video.height },
      ...{ seconds: keyframes.seconds, frames: keyframes.decoded, notes: film.video.notes },
    },
    settings: { every: settings.every, width: settings.width, height: settings.height, sameFace },
    models: modelsOf(source),
    skipped: findings.skipped,
    shots,
    counts: countsOf(findings, shots, frames, faces, who, identities),
  };
  await writeSafetensors(
    paths.faces,
    { embeddings: f32(concatenated(faces), [faces.length, faces[0]?.embedding.length ?? 0]) },
    { format: facesFormat, film: film.id },
  );
  const head = { format: framesFormat, version: datasetVersion, film: film.id };
  await writeFileAtomically(
    paths.frames,
    [head, ...frames].map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  await writeFileAtomically(paths.identities, pretty(identities));
  await completeCast(paths.cast, cast, aboutPeople(faces, who));
  await writeFileAtomically(paths.film, pretty(record)); // last: whoever finds it finds all
  return { record, identities };
}

export const pretty = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Models in the order in which they look. */
const modelsOf = (source: PeopleSource | undefined): readonly FootageModel[] =>
  source ? [...source.finder.models, ...source.embedder.models] : [];

function shotsOf({ cuts, seconds }: Keyframes): FootageShot[] {
  const edges = [0, ...cuts, seconds];
  return edges.slice(0, -1).map((from, i) => ({ from, to: edges[i + 1] as number }));
}

/** The shot that shows a time: the last one that has begun. */
function shotAt(shots: readonly FootageShot[], seconds: number): number {
  const next = shots.findIndex(({ from }) => from > seconds + 1e-6);
  return (next < 0 ? shots.length : next) - 1;
}

function framesOf(
  film: string,
  { kept, seen }: Findings,
  shotByFrame: ReadonlyMap<number, number>,
  faces: readonly Face[],
  { ids }: CastFaces,
): FootageFrame[] {
  const rows = new Map(faces.map(({ frame, person, row }) => [`${frame}.${person}`, row]));
  return kept.map(({ number, seconds }, i) => ({
    id: `${film}/${frameNumber(number)}`,
    film,
    seconds,
    shot: shotByFrame.get(number) as number,
    picture: picturePath(film, number),
    people: (seen[i] as SeenFrame).people.map(({ box, score, face }, person) => {
      const row = rows.get(`${number}.${person}`) ?? null;
      return { box, score, face, embedding: row, identity: row === null ? null : (ids[row] ?? null) };
    }),
  }));
}

function identitiesRecord(
  film: string,
  faces: readonly Face[],
  who: CastFaces,
  sameFace: number,
): IdentitiesRecord {
  const identities = describeIdentities(faces, who.ids, who.names);
  return { version: datasetVersion, film, identities, doubtful: doubtfulPairs(identities, sameFace) };
}

/** What cast.yaml says behind each id: before merging, so that a merge can be undone. */
function aboutPeople(faces: readonly Face[], who: CastFaces): { id: string; about: string }[] {
  const counts = new Map<string, { faces: number; first: number }>();
  for (const { row, frame } of faces) {
    const id = who.own[row];
    if (id === null || id === undefined) continue;
    const count = counts.get(id) ?? { faces: 0, first: frame };
    count.faces++;
    counts.set(id, count);
  }
  return who.all.map((id) => {
    const { faces, first } = counts.get(id) ?? { faces: 0, first: 0 };
    return { id, about: `${faces} face${faces === 1 ? '' : 's'}, first in frames/${frameNumber(first)}.jpg` };
  });
}

function countsOf(
  { keyframes, kept, seen }: Findings,
  shots: readonly FootageShot[],
  frames: readonly FootageFrame[],
  faces: readonly Face[],
  { ids }: CastFaces,
  { identities }: IdentitiesRecord,
): FilmCounts {
  const people = frames.flatMap((frame) => frame.people);
  const due = keyframes.frames.at(-1)?.number ?? 0;
  return {
    frames: frames.length,
    framesSkipped: keyframes.frames.length - kept.length,
    framesMissing: due - keyframes.frames.length,
    framesOfOneField: kept.filter(({ isField }) => isField).length,
    shots: shots.length,
    shotsWithoutFrame: shots.length - new Set(keyframes.frames.map((f) => shotAt(shots, f.seconds))).size,
    framesWithoutPeople: frames.filter((frame) => frame.people.length === 0).length,
    people: people.length,
    peopleLeftOut: seen.reduce((sum, { leftOut }) => sum + leftOut, 0),
    peopleWithoutFace: people.filter(({ face }) => face === null).length,
    faces: faces.length,
    facesDismissed: ids.filter((id) => id === null).length,
    identities: identities.length,
    identitiesSeenOnce: identities.filter((identity) => identity.faces.length === 1).length,
  };
}

function concatenated(faces: readonly Face[]): Float32Array {
  const width = faces[0]?.embedding.length ?? 0;
  const all = new Float32Array(faces.length * width);
  for (const { row, embedding } of faces) all.set(embedding, row * width);
  return all;
}
