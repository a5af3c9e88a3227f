import { join } from 'node:path';
import { keyOf } from '../files/index.ts';
import { readImage } from '../media/index.ts';
import { rounded } from './boxes.ts';
import type { FootageFace, FootagePerson } from './dataset.ts';
import { Journal } from './journal.ts';
import { type Keyframe, type Keyframes, pictureFile } from './keyframes.ts';
import type { FilmPaths } from './layout.ts';
import type { PeopleSource } from './peopleSource.ts';

/** Step 2 and the first half of step 3: who is in each keyframe, and the direction of each face. */

/** Most people of a frame (paper, appendix C). */
export const mostPeople = 5;

export interface SeenPerson extends Pick<FootagePerson, 'box' | 'score'> {
  readonly face: FootageFace | null;
  /** Of unit length; null without a face. */
  readonly embedding: Float32Array | null;
}

/** What was seen in a keyframe. */
export interface SeenFrame {
  readonly number: number;
  /** From left to right. */
  readonly people: readonly SeenPerson[];
  /** People who were found and are not among the most confident. */
  readonly leftOut: number;
}

/** A line of the journal: embeddings are base64 of float32, little-endian. */
interface Line {
  readonly number: number;
  readonly leftOut: number;
  readonly people: readonly (Omit<SeenPerson, 'embedding'> & { readonly embedding: string | null })[];
}

const format = 'moviedreamer-footage-people-1';

/** The key of what a source sees in a film's keyframes. */
export const peopleKey = (keyframes: Keyframes, source: PeopleSource): string =>
  keyOf('people', format, keyframes.key, source.finder.models, source.embedder.models, mostPeople);

/**
 * Looks at each of some keyframes once; what earlier processes saw of them is taken from the cache.
 *
 * @param cache folder of the data set's cache
 */
export async function seePeople(
  cache: string,
  paths: FilmPaths,
  keyframes: Keyframes,
  wanted: readonly Keyframe[],
  source: PeopleSource,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<SeenFrame[]> {
  const path = join(cache, `people-${peopleKey(keyframes, source)}.jsonl`);
  const journal = await Journal.open<Line>(path, format);
  try {
    const seen = new Map(journal.entries.map((line) => [line.number, line]));
    const frames: SeenFrame[] = [];
    for (const { number } of wanted) {
      let line = seen.get(number);
      if (!line) {
        signal?.throwIfAborted();
        line = await look(pictureFile(paths, number), number, source);
        await journal.add(line);
      }
      frames.push(fromLine(line));
      onProgress(frames.length, wanted.length);
    }
    return frames;
  } finally {
    await journal.close();
  }
}

async function look(path: string, number: number, { finder, embedder }: PeopleSource): Promise<Line> {
  const image = await readImage(path);
  const all = (await finder.find(image)).toSorted((a, b) => b.score - a.score || a.box[0] - b.box[0]);
  const people = all.slice(0, mostPeople).sort((a, b) => middle(a) - middle(b));
  const faces = people.flatMap(({ face }) => (face ? [face] : []));
  const rows = [...(await embedder.embed(image, faces))];
  return {
    number,
    leftOut: all.length - people.length,
    people: people.map(({ box, score, face }) => ({
      box: rounded(box),
      score: toDigits(score),
      face: face && { box: rounded(face.box), score: toDigits(face.score) },
      embedding: face ? toText(rows.shift() as Float32Array) : null,
    })),
  };
}

const middle = ({ box: [left, , width] }: Pick<SeenPerson, 'box'>): number => left + width / 2;
const toDigits = (score: number): number => Math.round(score * 1e4) / 1e4;

const fromLine = ({ number, leftOut, people }: Line): SeenFrame => ({
  number,
  leftOut,
  people: people.map((person) => ({
    ...person,
    embedding: person.embedding === null ? null : fromText(person.embedding),
  })),
});

const toText = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

function fromText(text: string): Float32Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64')); // a copy, so that it begins at a multiple of four
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}
