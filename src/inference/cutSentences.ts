import type { ClipTokenizer } from './clipTokenizer.ts';

/** A sentence that a text tower does not read to its end. */
export interface CutSentence {
  readonly sentence: string;
  /** Its length with the start and end tokens, and how many of these are read. */
  readonly tokens: number;
  readonly positions: number;
  /** The last words that are read. */
  readonly lastRead: string;
}

/** Of some sentences those with more tokens than the tower has positions, each once. */
export function cutSentences(
  sentences: Iterable<string>,
  tokenizer: ClipTokenizer,
  positions: number,
): CutSentence[] {
  const length = (text: string): number => tokenizer.encode(text, positions).tokens;
  return [...new Set(sentences)].flatMap((sentence) => {
    const tokens = length(sentence);
    if (tokens <= positions) return [];
    return [
      { sentence, tokens, positions, lastRead: lastWords(sentence, (text) => length(text) <= positions) },
    ];
  });
}

const SHOWN = 5;

/** The last words of the longest beginning that fits; of a text without spaces, its last characters. */
function lastWords(sentence: string, fits: (text: string) => boolean): string {
  const words = sentence.split(/(?<=\s)/);
  const units = words.length > SHOWN ? words : [...sentence];
  let [low, high] = [0, units.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(units.slice(0, middle).join(''))) low = middle;
    else high = middle - 1;
  }
  const shown = units === words ? SHOWN : 4 * SHOWN;
  return units
    .slice(Math.max(0, low - shown), low)
    .join('')
    .trim();
}
