import { type ClusterItem, cluster, clusterInto } from './cluster.ts';
import type { DoubtfulPair, FootageIdentity } from './dataset.ts';
import type { SeenFrame } from './findPeople.ts';

/** The second half of step 3: which faces are one person's. */

/** A face with its place in the film. */
export interface Face {
  /** Row in faces.safetensors. */
  readonly row: number;
  /** Number of its keyframe. */
  readonly frame: number;
  /** The shot of its keyframe. */
  readonly shot: number;
  /** Place of its person in the keyframe, from the left, from 0. */
  readonly person: number;
  readonly embedding: Float32Array;
}

/** The faces of keyframes, in order of time and from left to right. */
export function facesOf(frames: readonly SeenFrame[], shotOf: (frame: number) => number): Face[] {
  const faces: Face[] = [];
  for (const { number, people } of frames) {
    for (const [person, { embedding }] of people.entries())
      if (embedding)
        faces.push({ row: faces.length, frame: number, shot: shotOf(number), person, embedding });
  }
  return faces;
}

/**
 * The identity of each face, by row: `person-01` has most faces; of equally many the one who is seen first. Faces of one shot
 * are joined first, from a higher likeness on: they change little, and what is left to compare is a fraction.
 *
 * @param sameFace least mean cosine similarity of groups that are joined
 */
export function joinFaces(faces: readonly Face[], sameFace: number): string[] {
  const parts = withinShots(faces, (1 + sameFace) / 2);
  const people = cluster(parts.map(itemOf), sameFace)
    .map((group) => group.flatMap((i) => parts[i] as Face[]).sort((a, b) => a.row - b.row))
    .sort((a, b) => b.length - a.length || (a[0] as Face).row - (b[0] as Face).row);
  const ids: string[] = [];
  const digits = Math.max(2, String(people.length).length);
  for (const [i, person] of people.entries())
    for (const { row } of person) ids[row] = `person-${String(i + 1).padStart(digits, '0')}`;
  return ids;
}

function withinShots(faces: readonly Face[], alike: number): Face[][] {
  const shots = new Map<number, Face[]>();
  for (const face of faces) {
    const shot = shots.get(face.shot) ?? [];
    shots.set(face.shot, shot);
    shot.push(face);
  }
  return [...shots.values()].flatMap((shot) =>
    cluster(
      shot.map((face) => itemOf([face])),
      alike,
    ).map((group) => group.map((i) => shot[i] as Face)),
  );
}

/** Faces of one person as so many groups of the most alike, largest first. */
export function splitFaces(faces: readonly Face[], count: number): Face[][] {
  const groups = clusterInto(
    faces.map((face) => itemOf([face])),
    count,
  ).map((group) => group.map((i) => faces[i] as Face));
  return groups.sort((a, b) => b.length - a.length || (a[0] as Face).row - (b[0] as Face).row);
}

function itemOf(faces: readonly Face[]): ClusterItem {
  const frames = faces.map(({ frame }) => frame).sort((a, b) => a - b);
  return { sum: sumOf(faces), count: faces.length, frames };
}

function sumOf(faces: readonly Face[]): Float32Array {
  const sum = new Float32Array(faces[0]?.embedding.length ?? 0);
  for (const { embedding } of faces) for (let i = 0; i < sum.length; i++) sum[i]! += embedding[i] as number;
  return sum;
}

/** How the identities of a film look to the encoder. `names`: id to name. */
export function describeIdentities(
  faces: readonly Face[],
  ids: readonly (string | null)[],
  names: ReadonlyMap<string, { readonly name: string; readonly merged: readonly string[] }>,
): FootageIdentity[] {
  const groups = new Map<string, Face[]>();
  for (const face of faces) {
    const id = ids[face.row];
    if (id === null || id === undefined) continue;
    const group = groups.get(id) ?? [];
    groups.set(id, group);
    group.push(face);
  }
  const means = new Map([...groups].map(([id, group]) => [id, { sum: sumOf(group), count: group.length }]));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, group]) => ({
      id,
      name: names.get(id)?.name ?? id,
      merged: names.get(id)?.merged ?? [],
      faces: group.map(({ row }) => row),
      frames: group.map(({ frame }) => frame),
      likeness: digits(length(sumOf(group)) / group.length),
      nearest: nearestTo(id, means),
    }));
}

interface Mean {
  readonly sum: Float32Array;
  readonly count: number;
}

function nearestTo(id: string, means: ReadonlyMap<string, Mean>): FootageIdentity['nearest'] {
  let nearest: { id: string; similarity: number } | null = null;
  for (const other of means.keys()) {
    if (other === id) continue;
    const similarity = digits(similarityOf(means.get(id) as Mean, means.get(other) as Mean));
    if (!nearest || similarity > nearest.similarity) nearest = { id: other, similarity };
  }
  return nearest;
}

/** Pairs of identities at most this much less alike than what is joined may be one person. */
const doubt = 0.15;

/** Identities that may be one person, who aged or wears a mask, most alike first. */
export function doubtfulPairs(identities: readonly FootageIdentity[], sameFace: number): DoubtfulPair[] {
  const pairs = new Map<string, DoubtfulPair>();
  for (const { id, nearest } of identities) {
    if (!nearest || nearest.similarity < sameFace - doubt) continue;
    const ids = [id, nearest.id].sort() as [string, string];
    pairs.set(ids.join(' '), { ids, similarity: nearest.similarity });
  }
  return [...pairs.values()].sort(
    (a, b) => b.similarity - a.similarity || (a.ids.join() < b.ids.join() ? -1 : 1),
  );
}

function similarityOf(a: Mean, b: Mean): number {
  let sum = 0;
  for (let i = 0; i < a.sum.length; i++) sum += (a.sum[i] as number) * (b.sum[i] as number);
  return sum / (a.count * b.count);
}

const length = (v: Float32Array): number => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
const digits = (v: number): number => Math.round(v * 1e4) / 1e4;
