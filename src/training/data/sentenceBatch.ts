import { type FrameSet, joined } from '../../corpus/index.ts';
import type { Random } from '../../random/index.ts';
import { targetRows } from '../contrast.ts';

/** The texts of a contrastive batch, and which of them are true for which picture. */
export interface SentenceBatch {
  /** `count` sentences of the pictures; they repeat only where the pictures have fewer. */
  readonly singles: readonly string[];
  /** All sentences of the first pictures, joined to one text each. */
  readonly joined: readonly string[];
  /** Target distributions over the texts (singles, joined, wrong ones) for each picture, [n, m + wrong]. */
  readonly imageTargets: Float32Array;
  /** Target distributions over the pictures for each text that is true for one, [m, n]. */
  readonly textTargets: Float32Array;
}

/**
 * Texts for pictures with the sentences `lists`: those of `first`, then each picture in turn gives one that is not there
 * yet. A sentence is true for every picture in whose list it stands. `wrong` are more sentences, true for none or few.
 */
export function sentenceBatch(
  lists: readonly (readonly string[])[],
  counts: { readonly singles: number; readonly joined: number },
  random: Random,
  { first = [], wrong = [] }: { readonly first?: readonly string[]; readonly wrong?: readonly string[] } = {},
): SentenceBatch {
  const n = lists.length;
  const least = n + first.length;
  if (counts.singles < least || counts.joined > n) {
    throw new RangeError(
      `sentenceBatch: ${n} pictures need at least ${least} sentences and at most ${n} joined texts, got ${counts.singles} and ${counts.joined}`,
    );
  }
  const shuffled = lists.map((list) => random.shuffle(list));
  const chosen = new Set(first);
  for (let turn = 0; turn < Math.max(...lists.map((l) => l.length)); turn++) {
    for (const list of shuffled) {
      const text = list[turn];
      if (text !== undefined && chosen.size < counts.singles) chosen.add(text);
    }
  }
  const singles = [...chosen];
  while (singles.length < counts.singles) singles.push(random.pick(singles));

  const sets = lists.map((list) => new Set(list));
  const m = counts.singles + counts.joined;
  const isTrue = (picture: number, text: number): boolean => {
    const single = singles[text] ?? wrong[text - m];
    return single === undefined
      ? text - singles.length === picture
      : (sets[picture] as Set<string>).has(single);
  };
  return {
    singles,
    joined: shuffled.slice(0, counts.joined).map(joined),
    imageTargets: targetRows(isTrue, n, m + wrong.length),
    textTargets: targetRows((text, picture) => isTrue(picture, text), m, n),
  };
}

/** Rows of a batch in random order: a quarter of them in fours from one episode, which are hard to tell apart. */
export function chooseFrames({ episodes }: FrameSet, n: number, random: Random): number[] {
  const rows = new Set<number>();
  const total = episodes.reduce((sum, e) => sum + e.frames.length, 0);
  if (total < n) throw new RangeError(`a batch of ${n} frames needs as many, the data have ${total}`);
  while (rows.size < n / 4) {
    for (const { row } of random.shuffle(random.pick(episodes).frames).slice(0, 4))
      if (rows.size < n) rows.add(row);
  }
  while (rows.size < n) rows.add(random.pick(random.pick(episodes).frames).row);
  return random.shuffle([...rows]);
}
