import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { writeFileAtomically } from '../files/index.ts';
import { parseYaml } from '../script/index.ts';
import { datasetVersion } from './dataset.ts';
import { FootageError } from './footageError.ts';
import { type Face, splitFaces } from './identities.ts';
import { frameNumber } from './layout.ts';

/** cast.yaml: what somebody says about the people of a film. */
export interface Cast {
  /** Id to name. One name for two ids, or another id as the name, makes them one person; null: no name yet. */
  readonly identities: ReadonlyMap<string, string | null>;
  /** Id to the number of people that it is: the most alike of its faces stay together. */
  readonly split: ReadonlyMap<string, number>;
  /** `000012/1`, the first person from the left in keyframe 12, to the id of who it is; null: nobody. */
  readonly faces: ReadonlyMap<string, string | null>;
}

const id = z.string().regex(/^[\p{L}\p{N}_-]{1,64}$/u, 'an id is made of letters, digits, - and _');
const castSchema = z.strictObject({
  version: z.literal(datasetVersion),
  identities: z.record(id, z.string().trim().min(1).max(100).nullable()).nullish(),
  split: z.record(id, z.int().min(2).max(100)).nullish(),
  faces: z
    .record(
      z.string().regex(/^\d{6,}\/\d+$/, 'write 000012/1 for the first person from the left in keyframe 12'),
      id.nullable(),
    )
    .nullish(),
});

/** Reads cast.yaml; undefined where there is none. */
export async function readCast(path: string): Promise<Cast | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const source = parseYaml(text, path);
  const parsed = castSchema.safeParse(source.data);
  if (!parsed.success) {
    const lines = parsed.error.issues.slice(0, 10).map((issue) => {
      const { line } = source.locate(issue.path);
      return `\n${path}:${line}: ${issue.path.join('.')}: ${issue.message}`;
    });
    throw new FootageError(`${path} cannot be used:${lines.join('')}`);
  }
  const { identities, split, faces } = parsed.data;
  const map = <T>(record: Record<string, T> | null | undefined): Map<string, T> =>
    new Map(Object.entries(record ?? {}));
  return { identities: map(identities), split: map(split), faces: map(faces) };
}

/** Who each face is after cast.yaml, and what the people are called. */
export interface CastFaces {
  /** By row. */
  readonly ids: readonly (string | null)[];
  readonly names: ReadonlyMap<string, { readonly name: string; readonly merged: readonly string[] }>;
  /** By row, before merging. */
  readonly own: readonly (string | null)[];
  /** All ids before merging, in order. */
  readonly all: readonly string[];
}

/** Splits, then moves single faces, then merges. `path` stands in errors. */
export function applyCast(
  cast: Cast | undefined,
  faces: readonly Face[],
  found: readonly string[],
  path: string,
): CastFaces {
  const ids: (string | null)[] = [...found];
  for (const [person, count] of cast?.split ?? []) split(person, count, faces, ids, path);
  const rows = new Map(faces.map((face) => [`${frameNumber(face.frame)}/${face.person + 1}`, face.row]));
  for (const [place, person] of cast?.faces ?? []) {
    const row = rows.get(place);
    if (row === undefined) {
      throw new FootageError(
        `${path}: faces: there is no face ${place}; frames.jsonl lists who has a face in which keyframe`,
      );
    }
    ids[row] = person;
  }
  const all = [...new Set(ids.filter((who) => who !== null))].sort();
  const { canonical, names } = merge(cast, all);
  return { ids: ids.map((who) => who && (canonical.get(who) ?? who)), own: ids, names, all };
}

function split(
  person: string,
  count: number,
  faces: readonly Face[],
  ids: (string | null)[],
  path: string,
): void {
  const own = faces.filter(({ row }) => ids[row] === person);
  if (own.length === 0)
    throw new FootageError(`${path}: split: nobody is called ${person}; identities.json lists all ids`);
  for (const [i, part] of splitFaces(own, count).entries()) {
    if (i === 0) continue; // the largest keeps the id
    for (const { row } of part) ids[row] = `${person}${suffix(i)}`;
  }
}

/** `b`, `c`, ... `z`, then `-27`, ... */
const suffix = (i: number): string => (i < 26 ? String.fromCharCode(97 + i) : `-${i + 1}`);

function merge(
  cast: Cast | undefined,
  all: readonly string[],
): { canonical: Map<string, string>; names: Map<string, { name: string; merged: string[] }> } {
  const named = (who: string): string | null => cast?.identities.get(who) ?? null;
  /** Follows `person-04: person-01` to its end. */
  const target = (who: string): string => {
    const way = new Set<string>();
    let at = who;
    for (let next = named(at); next !== null && all.includes(next) && !way.has(at); next = named(at)) {
      way.add(at);
      at = next;
    }
    return at;
  };
  const byName = new Map<string, string>();
  const canonical = new Map<string, string>();
  const names = new Map<string, { name: string; merged: string[] }>();
  for (const who of all) {
    const end = target(who);
    const name = named(end);
    const first = name === null ? end : (byName.get(name) ?? end);
    if (name !== null) byName.set(name, first);
    canonical.set(who, first);
    const entry = names.get(first) ?? { name: named(first) ?? first, merged: [] };
    names.set(first, entry);
    if (who !== first) entry.merged.push(who);
  }
  return { canonical, names };
}

const head = `# Who is who. Write a name behind an id: one name for two ids makes them one person, and so does another id as the name.
# split: how many people an id is, where it is several:       split: { person-03: 2 }
# faces: a single face, as keyframe/place from the left:      faces: { 000012/1: person-05, 000031/2: ~ }   (~: nobody)
# The same command takes changes over and does nothing else again.
`;

/** Adds ids that cast.yaml does not list, and leaves what is there as it is; makes the file where there is none. */
export async function completeCast(
  path: string,
  known: Cast | undefined,
  people: readonly { readonly id: string; readonly about: string }[],
): Promise<void> {
  const missing = people.filter((person) => !known?.identities.has(person.id));
  if (!known) {
    const lines = missing.map((person) => `  ${person.id}: ~ # ${person.about}\n`);
    const body = lines.length > 0 ? `identities:\n${lines.join('')}` : 'identities: {}\n';
    await writeFileAtomically(path, `${head}version: ${datasetVersion}\n${body}`);
    return;
  }
  if (missing.length === 0) return;
  const document = parseDocument(await readFile(path, 'utf8'));
  if (!known.identities.size) document.set('identities', document.createNode({}));
  for (const person of missing) {
    const value = document.createNode(null);
    value.comment = ` ${person.about}`;
    document.setIn(['identities', person.id], value);
  }
  await writeFileAtomically(path, document.toString({ lineWidth: 0, nullStr: '~' }));
}
