import { Random } from '../random/index.ts';
import { characterSentences } from '../script/index.ts';
import { expressions, generateEpisode, type Split, words } from '../theatre/index.ts';
import { type LabelledSentence, labelledSentences } from './sentenceLabels.ts';

/** Shots of an episode of which sentences are taken: few, so that a batch has many people. */
const shots = 2;

/** How many sentences of each kind. */
export interface SentenceCounts {
  readonly people: number;
  readonly others: number;
}

/**
 * Sentences of scripts that are never drawn, with what they say: those of episodes `[seed, from]`, `[seed, from + 1]`...
 * until there are enough, people's first. The same arguments give the same sentences.
 */
export function scriptSentences(
  split: Split,
  seed: number,
  from: number,
  counts: SentenceCounts,
): LabelledSentence[] {
  const people: LabelledSentence[] = [];
  const others: LabelledSentence[] = [];
  const random = Random.of(seed, 'script sentences', split, from);
  for (let i = 0; people.length < counts.people || others.length < counts.others; i++) {
    const episode = generateEpisode(seed, from + i, split, { shots });
    for (const shot of episode.shots) {
      const found = labelledSentences(episode, shot);
      people.push(...random.shuffle(found.people));
      others.push(...random.shuffle(found.others).slice(0, 2));
    }
  }
  return [...people.slice(0, counts.people), ...others.slice(0, counts.others)];
}

/**
 * For each of `people` characters, the sentences that describe them with every expression: lists of one length, in which
 * sentences differ in the expression alone. The people are those who come first in episodes `[seed, from]`, `[seed, from + 1]`...
 */
export function sentencesByExpression(split: Split, seed: number, from: number, people: number): string[][] {
  return Array.from({ length: people }, (_, i) => {
    const { characters } = generateEpisode(seed, from + i, split, { shots: 1 });
    const description = characters[0]?.description as string;
    return expressions.map((e) => characterSentences(description, words[e][0] as string)[0] as string);
  });
}
