import { type Topic, topics, type Vocabulary } from './schema.ts';
import { isSameWord, type Word, wordsOf } from './words.ts';

/** Something of the vocabulary that a text says. */
export interface Recognised {
  readonly topic: Topic;
  /** Its name in the vocabulary, such as 'forest'. */
  readonly name: string;
  /** The text's own words for it. */
  readonly text: string;
  /** Places of its words in the text: from, to (exclusive). */
  readonly from: number;
  readonly to: number;
  /** What to write, where the training data never say it so; undefined where they do. */
  readonly write?: string;
  /** Whether a "no" or "not" stands before it. */
  readonly isNegated: boolean;
}

interface Pattern {
  readonly topic: Topic;
  readonly name: string;
  readonly words: readonly Word[];
  readonly write?: string;
}

/** Finds what a vocabulary has in texts. */
export class Recogniser {
  /** Longer ones first; of equal ones those that are met. */
  private readonly patterns: readonly Pattern[];
  private readonly colours: readonly Word[];

  constructor(vocabulary: Vocabulary) {
    this.colours = Object.values(vocabulary.topics.colour ?? {}).flatMap(({ say }) => say.flatMap(wordsOf));
    const all = topics.flatMap((topic) =>
      Object.entries(vocabulary.topics[topic] ?? {}).flatMap(([name, { say, instead }]) => [
        ...say.map((text): Pattern => ({ topic, name, words: wordsOf(text) })),
        ...instead.map((text): Pattern => ({ topic, name, words: wordsOf(text), write: say[0] as string })),
      ]),
    );
    this.patterns = all
      .filter(({ words }) => words.length > 0)
      .sort(
        (a, b) =>
          b.words.length - a.words.length || Number(a.write !== undefined) - Number(b.write !== undefined),
      );
  }

  /** What a text says of some topics, in its order. Of phrases that overlap the longest counts. */
  find(text: string, wanted: readonly Topic[]): Recognised[] {
    const words = wordsOf(text);
    const taken = new Set<number>();
    const found: Recognised[] = [];
    for (const { topic, name, words: phrase, write } of this.patterns) {
      if (!wanted.includes(topic)) continue;
      for (let from = 0; from + phrase.length <= words.length; from++) {
        const at = this.match(phrase, words, from, topic);
        if (at === undefined || at.some((i) => taken.has(i))) continue;
        for (const i of at) taken.add(i);
        found.push({
          topic,
          name,
          text: at.map((i) => words[i]?.text).join(' '),
          from,
          to: (at.at(-1) as number) + 1,
          ...(write === undefined ? {} : { write }),
          isNegated: isNegated(words, from),
        });
      }
    }
    return found.sort((a, b) => a.from - b.from);
  }

  /** Places of a phrase's words from a place on; colours may stand between them, as in 'long red hair', but not elsewhere. */
  private match(
    phrase: readonly Word[],
    words: readonly Word[],
    from: number,
    topic: Topic,
  ): number[] | undefined {
    const at: number[] = [];
    let i = from;
    for (const word of phrase) {
      while (at.length > 0 && topic !== 'colour' && words[i] && this.isColour(words[i] as Word)) i++;
      const here = words[i];
      if (!here || !isSameWord(word, here)) return undefined;
      at.push(i++);
    }
    return at;
  }

  private isColour(word: Word): boolean {
    return this.colours.some((colour) => isSameWord(colour, word));
  }
}

const negations: ReadonlySet<string> = new Set([
  'no',
  'not',
  'without',
  'never',
  "isn't",
  "aren't",
  "doesn't",
  "don't",
]);

/** How far a "not" reaches, in words. */
const REACH = 2;

/** "no rain", "not a sad": but "no one in the forest" says where nobody is. */
function isNegated(words: readonly Word[], from: number): boolean {
  return words
    .slice(Math.max(0, from - REACH), from)
    .some(
      ({ text }, i, near) => negations.has(text.toLowerCase()) && near[i + 1]?.text.toLowerCase() !== 'one',
    );
}
