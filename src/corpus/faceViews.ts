import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';
import { cropFace } from '../inference/index.ts';
import { type Image, resizeImage } from '../media/index.ts';
import { Random } from '../random/index.ts';
import { type Identity, Stage } from '../theatre/index.ts';
import { faceAttributes, inOtherClothes, twinOf } from './faceAttributes.ts';
import { frameImage } from './frameImages.ts';
import { FrameRows, RowWriter } from './rowFile.ts';
import type { FrameSet } from './theatreFrames.ts';

/** Side of a stored picture. */
export const storedSide = 80;
/** Crops are stored with this much more around them, so that views can shift and shrink. */
export const storedMargin = 1.25;

const name = `faces-${storedSide}-${storedMargin}`;

const portraitsPerPerson = 4;
const portraitsPerTwin = 3;

/** A face, whatever clothes it wears and in how many episodes it plays. */
export interface Person {
  readonly attributes: readonly string[];
  /** Rows of faces cut from frames. */
  readonly crops: readonly number[];
  /** Rows of drawn portraits. */
  readonly portraits: readonly number[];
}

export interface FaceViews {
  readonly people: readonly Person[];
  /** Groups that are easily mixed up: the cast of an episode, and people who differ in one attribute. */
  readonly groups: readonly (readonly number[])[];
  readonly rows: FrameRows;
}

/** Faces of all people of a data set, in frames and in portraits, and of a twin of each; drawn and cut on first use. */
export async function faceViews(set: FrameSet, onProgress?: (text: string) => void): Promise<FaceViews> {
  const index = join(set.folder, `${name}.json`);
  const file = join(set.folder, `${name}.rgb`);
  let known = await readIndex(index);
  if (!known) {
    known = await collect(set, file, onProgress);
    const text = JSON.stringify(known);
    await writeFileAtomically(index, text);
  }
  return { ...known, rows: await FrameRows.open(file, [storedSide, storedSide, 3]) };
}

type Index = Omit<FaceViews, 'rows'>;

async function readIndex(path: string): Promise<Index | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Index;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

interface Draft {
  readonly identity: Identity;
  readonly attributes: readonly string[];
  readonly crops: number[];
  readonly portraits: number[];
  readonly isTwin: boolean;
}

async function collect(
  set: FrameSet,
  file: string,
  onProgress: (text: string) => void = () => {},
): Promise<Index> {
  const people = new Map<string, Draft>();
  const numbers = new Map<string, number>();
  const groups: number[][] = [];
  const person = (identity: Identity, isTwin = false): number => {
    const attributes = faceAttributes(identity);
    const key = attributes.join('|');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    people.set(key, { identity, attributes, crops: [], portraits: [], isTwin });
    numbers.set(key, people.size - 1);
    return people.size - 1;
  };
  for (const { episode } of set.episodes)
    groups.push([...new Set(episode.characters.map((c) => person(c.identity)))]);
  const random = Random.of(set.options.seed, 'faces', set.options.split);
  for (const { identity } of [...people.values()]) {
    const twin = twinOf(identity, random, set.options.split);
    groups.push([person(identity), person(twin, true)]);
  }
  const drafts = [...people.values()];

  const writer = await RowWriter.create(file, { dtype: 'uint8', shape: [storedSide, storedSide, 3] });
  const append = async (image: Image): Promise<number> => {
    await writer.append(resizeImage(image, storedSide, storedSide).data);
    return writer.count - 1;
  };
  try {
    for (const [i, { episode, frames }] of set.episodes.entries()) {
      const byId = new Map(episode.characters.map((c) => [c.id, drafts[person(c.identity)] as Draft]));
      for (const frame of frames) {
        const image = await frameImage(set, frame.row);
        for (const { character, box } of frame.faces) {
          if (!isWhole(box)) continue;
          byId.get(character)?.crops.push(await append(cropFace(image, box, storedMargin)));
        }
      }
      if (i % 40 === 39)
        onProgress(`cutting faces from ${set.options.split} episodes ${i + 1}/${set.episodes.length}`);
    }
    const stage = await Stage.create();
    for (const [i, { identity, portraits, isTwin }] of drafts.entries()) {
      for (let k = 0; k < (isTwin ? portraitsPerTwin : portraitsPerPerson); k++) {
        const dressed = k % 2 === 0 ? identity : inOtherClothes(identity, random);
        portraits.push(await append(await stage.drawPortrait(dressed, { jitter: random })));
      }
      if (i % 200 === 199)
        onProgress(`drawing portraits of ${set.options.split} people ${i + 1}/${drafts.length}`);
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  const list = drafts.map(({ attributes, crops, portraits }) => ({ attributes, crops, portraits }));
  return { people: list, groups: [...groups.filter((g) => g.length > 1), ...lookalikes(list)] };
}

/** The box of a face that no border of the frame cuts. */
function isWhole([x0, y0, x1, y1]: readonly [number, number, number, number]): boolean {
  const aspect = (x1 - x0) / (y1 - y0);
  return y1 - y0 > 20 && aspect > 0.8 && aspect < 1.02;
}

/** For each person, those who differ in the fewest attributes; five at most. */
function lookalikes(people: readonly Person[]): number[][] {
  return people.map(({ attributes }, i) => {
    const others = people.map((other, j) => ({
      j,
      d: j === i ? 99 : difference(attributes, other.attributes),
    }));
    others.sort((a, b) => a.d - b.d || a.j - b.j);
    return [i, ...others.slice(0, 5).map(({ j }) => j)];
  });
}

const difference = (a: readonly string[], b: readonly string[]): number =>
  a.filter((v, i) => v !== b[i]).length;
