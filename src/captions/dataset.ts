import { join } from 'node:path';
import {
  type FilmRecord,
  type FootageFrame,
  readFaces,
  readFilm,
  readFrames,
  readIdentities,
} from '../footage/index.ts';
import type { SeenFilm, SeenFrame } from './types.ts';

/** A film of a data set, with what its people are called. */
export interface DatasetFilm {
  readonly film: SeenFilm;
  /** Names by identity: those of cast.yaml, or the ids. */
  readonly names: ReadonlyMap<string, string>;
  /** What `footage` says of it. */
  readonly record: FilmRecord;
}

/** Reads what `footage` made of a film. @throws FootageError where something of it is missing or damaged */
export async function readDatasetFilm(dataset: string, id: string): Promise<DatasetFilm> {
  const record = await readFilm(dataset, id);
  const { identities } = await readIdentities(dataset, id);
  const read: FootageFrame[] = [];
  for await (const frame of readFrames(dataset, id)) read.push(frame);
  const margins = await marginsOf(dataset, id, read);
  const frames = read.map(
    (frame): SeenFrame => ({
      ...{ id: frame.id, seconds: frame.seconds, shot: frame.shot },
      picture: join(dataset, frame.picture),
      people: frame.people.map(({ box, score, face, identity, embedding }) => ({
        ...{ box, score, face, identity },
        ...(embedding === null ? {} : { margin: margins.get(embedding) }),
      })),
    }),
  );
  return {
    film: { id, title: titleOf(record), shots: record.shots, frames },
    names: new Map(identities.map((identity) => [identity.id, identity.name])),
    record,
  };
}

/** The file's name without its ending. */
const titleOf = ({ source: { name } }: FilmRecord): string => name.replace(/(?<=.)\.[^.]{1,5}$/, '');

/** How much nearer each face is to the mean of its own identity, itself left out, than to that of the next one, in cosine. */
async function marginsOf(
  dataset: string,
  id: string,
  frames: readonly FootageFrame[],
): Promise<Map<number, number>> {
  const owners = new Map<number, string>();
  for (const { people } of frames)
    for (const { embedding, identity } of people)
      if (embedding !== null && identity !== null) owners.set(embedding, identity);
  if (owners.size === 0) return new Map();
  const rows = await readFaces(dataset, id);
  const sums = new Map<string, { sum: Float64Array; count: number }>();
  for (const [row, identity] of owners) {
    const face = rows[row] as Float32Array;
    const own = sums.get(identity) ?? { sum: new Float64Array(face.length), count: 0 };
    for (let j = 0; j < face.length; j++) own.sum[j]! += face[j] as number;
    sums.set(identity, { sum: own.sum, count: own.count + 1 });
  }
  const margins = new Map<number, number>();
  for (const [row, identity] of owners) {
    const face = rows[row] as Float32Array;
    let own = 1; // somebody seen once is as near to himself as can be
    let next = -1;
    for (const [other, { sum, count }] of sums) {
      if (other !== identity) next = Math.max(next, cosine(face, sum));
      else if (count > 1)
        own = cosine(
          face,
          sum.map((v, j) => v - (face[j] as number)),
        );
    }
    margins.set(row, own - next);
  }
  return margins;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 1e-12, 1e-12];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
