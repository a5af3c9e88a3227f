import { expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import {
  describeIdentities,
  doubtfulPairs,
  type Face,
  facesOf,
  joinFaces,
  splitFaces,
} from './identities.ts';

const dim = 64;

function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values);
  return values.map((v) => v / length);
}

/** A view of somebody: the direction with noise of so much of its length. */
function view(person: Float32Array, noise: number, random: Random): Float32Array {
  const off = unit(random.normals(dim));
  return unit(person.map((v, i) => v + noise * off[i]!));
}

/** Each keyframe shows some people; a shot has four keyframes. */
function filmOf(
  frames: readonly (readonly number[])[],
  people: readonly Float32Array[],
  noise: number,
): Face[] {
  const random = Random.of(7, 'views');
  const faces: Face[] = [];
  for (const [frame, there] of frames.entries())
    for (const [person, who] of there.entries())
      faces.push({
        ...{ row: faces.length, frame, shot: frame >> 2, person },
        embedding: view(people[who]!, noise, random),
      });
  return faces;
}

it('tells 200 people apart, five a frame', () => {
  const random = Random.of(1, 'people');
  const people = Array.from({ length: 200 }, () => unit(random.normals(dim)));
  const frames = Array.from({ length: 600 }, (_, f) =>
    Array.from({ length: 5 }, (_, i) => ((f >> 2) * 5 + i) % 200),
  );
  const faces = filmOf(frames, people, 0.5);
  const ids = joinFaces(faces, 0.55);
  const byPerson = new Map<number, Set<string>>();
  for (const { row, frame, person } of faces) {
    const who = frames[frame]![person]!;
    byPerson.set(who, (byPerson.get(who) ?? new Set()).add(ids[row]!));
  }
  expect([...byPerson.values()].every((set) => set.size === 1)).toBe(true);
  expect(new Set(ids).size).toBe(200);
  expect(ids).toContain('person-200');
  expect(ids).toContain('person-001');
});

it('numbers people by their faces, then by who is seen first', () => {
  const random = Random.of(2, 'people');
  const people = Array.from({ length: 3 }, () => unit(random.normals(dim)));
  const faces = filmOf([[2], [1], [0, 1], [2]], people, 0.2);
  expect(joinFaces(faces, 0.55)).toEqual(['person-01', 'person-02', 'person-03', 'person-02', 'person-01']);
  expect(joinFaces([], 0.55)).toEqual([]);
});

it('splits somebody who ages, and says so', () => {
  const random = Random.of(3, 'people');
  const [young, other] = [unit(random.normals(dim)), unit(random.normals(dim))];
  const old = unit(young.map((v, i) => 0.5 * v + 0.866 * unit(other)[i]!)); // cosine about 0.5
  const stranger = unit(random.normals(dim));
  const faces = filmOf([[0], [0], [0], [0], [1], [1], [1], [2]], [young, old, stranger], 0.15);
  const ids = joinFaces(faces, 0.6);
  expect(ids).toEqual([...Array(4).fill('person-01'), ...Array(3).fill('person-02'), 'person-03']);
  const identities = describeIdentities(faces, ids, new Map());
  const pairs = doubtfulPairs(identities, 0.6);
  expect(pairs.map((pair) => pair.ids)).toEqual([['person-01', 'person-02']]);
  expect(pairs[0]!.similarity).toBeGreaterThan(0.4);
  expect(identities[0]).toMatchObject({
    id: 'person-01',
    name: 'person-01',
    faces: [0, 1, 2, 3],
    frames: [0, 1, 2, 3],
  });
  expect(identities[0]!.likeness).toBeGreaterThan(0.95);
});

it('splits what was joined into the groups that are most alike', () => {
  const random = Random.of(4, 'people');
  const people = [unit(random.normals(dim)), unit(random.normals(dim))];
  const faces = filmOf([[1], [0], [0], [1], [0]], people, 0.3);
  expect(splitFaces(faces, 2).map((part) => part.map(({ row }) => row))).toEqual([
    [1, 2, 4],
    [0, 3],
  ]);
});

it('leaves out people without a face', () => {
  const person = { box: [0, 0, 1, 1], score: 1, face: null, embedding: null } as const;
  const seen = { ...person, embedding: Float32Array.of(1) };
  const faces = facesOf([{ number: 3, leftOut: 0, people: [person, seen] }], () => 9);
  expect(faces).toEqual([{ row: 0, frame: 3, shot: 9, person: 1, embedding: Float32Array.of(1) }]);
});
