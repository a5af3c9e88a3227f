/** Turns the script's fixed words ("Characters:", "-", ...) into text tokens of the language model. */
export interface IdentifierTokenizer {
  /** Ids of one identifier. Throws where the identifier is unknown. */
  encode(text: string): readonly number[];
  /** Ids that open every sequence, such as LLaMA's `<s>`. */
  readonly start: readonly number[];
  /** Ids run from 0 to size - 1. */
  readonly size: number;
}

/** Every word of the small models' scripts. The order is the order of ids: append only. */
export const identifierWords: readonly string[] = [
  '[START_OF_FRAME]',
  '[END_OF_FRAME]',
  '[REFERENCE]',
  'Characters:',
  'Scene Elements:',
  'Plots:',
  '-',
];

/** A tokenizer with one token for each whole word of a list: for models that are trained from scratch. */
export function wordListTokenizer(words: readonly string[] = identifierWords): IdentifierTokenizer {
  const ids = new Map(words.map((word, id) => [word, id]));
  if (ids.size !== words.length)
    throw new RangeError(`wordListTokenizer: a word is listed twice: ${words.join(', ')}`);
  return {
    start: [],
    size: words.length,
    encode(text) {
      const id = ids.get(text);
      if (id !== undefined) return [id];
      const known = words.map((w) => JSON.stringify(w)).join(', ');
      throw new RangeError(
        `wordListTokenizer: unknown identifier ${JSON.stringify(text)}; the model knows ${known}`,
      );
    },
  };
}
