import { join } from 'node:path';
import { cachedJson } from '../files/index.ts';
import type { FaceEncoder } from '../inference/index.ts';
import { cosineSimilarity } from '../metrics/index.ts';
import { Random } from '../random/index.ts';
import {
  hatTops,
  type Identity,
  type Picture,
  Stage,
  sampleIdentity,
  theatreVersion,
} from '../theatre/index.ts';
import { fromText, keyOf, toText } from './cache.ts';

/** Side of a portrait in pixels, as the theatre writes them beside its scripts. */
const portraitSize = 256;
/** Strangers that are drawn beyond the number asked for: in place of those who have the right person's own face. */
const spare = 20;

/** Somebody from the held-out split, with the portrait's embedding. */
export interface Stranger {
  readonly face: string;
  readonly portrait: Float32Array;
}

/** What distinguishes people when clothes do not count: equal ones have the same face. */
export function faceKey({ skin, top, hairColour, hatColour, facialHair, glasses }: Identity): string {
  const hat = hatTops.includes(top);
  const hair = hat || top === 'none' ? '' : hairColour;
  const beard = facialHair === 'none' ? '' : hairColour;
  return [skin, top, hair, hat ? hatColour : '', facialHair, beard, glasses].join('|');
}

/** `count` people of the test split and some more, no two with the same face. */
export async function drawStrangers(
  cache: string,
  seed: number,
  count: number,
  face: { readonly model: FaceEncoder; readonly fingerprint: string },
): Promise<Stranger[]> {
  const file = join(
    cache,
    `people-${keyOf(theatreVersion, seed, count, portraitSize, face.fingerprint)}.json`,
  );
  const texts = await cachedJson(file, 'moviedreamer-people-1', async () => {
    const random = Random.of(seed, 'benchmark', 'people');
    const stage = await Stage.create();
    const made = new Map<string, string>();
    while (made.size < count + spare) {
      const identity = sampleIdentity(random, 'test');
      const key = faceKey(identity);
      if (made.has(key)) continue;
      const jitter = Random.of(seed, 'benchmark', 'portrait', made.size);
      const portrait: Picture = await stage.drawPortrait(identity, { size: portraitSize, jitter });
      made.set(key, toText(await face.model.encode([portrait])));
    }
    return [...made];
  });
  return texts.map(([key, portrait]) => ({ face: key, portrait: fromText(portrait) }));
}

/**
 * Whether a face is nearest to its own person's portrait among `count` people: that person and strangers with other
 * faces (paper, figure 3, as a number).
 */
export function isRightPerson(
  who: Float32Array,
  own: Stranger,
  strangers: readonly Stranger[],
  count: number,
): boolean {
  const similarity = cosineSimilarity(who, own.portrait);
  const others = strangers.filter((s) => s.face !== own.face).slice(0, count - 1);
  return others.every((s) => cosineSimilarity(who, s.portrait) < similarity);
}
