import { Random } from '../../random/index.ts';
import { generateEpisode, type Split } from '../../theatre/index.ts';
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
