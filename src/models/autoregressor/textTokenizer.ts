import { Tokenizer } from '@huggingface/tokenizers';
import type { IdentifierTokenizer } from './tokenizer.ts';

/** Options of the text tokenizer. */
export interface TextTokenizerOptions {
  /** The published `tokenizer.json`. */
  readonly tokenizer: object;
  /** The published `tokenizer_config.json`. */
  readonly config: object;
  /** Size of the language model's embedding table; special identifiers get the ids behind it. */
  readonly vocabSize: number;
  /** Identifiers that are one token each with an embedding of their own. */
  readonly special?: readonly string[];
  /** Ids that open every sequence; LLaMA-2's is `[1]`, `<s>`. */
  readonly start?: readonly number[];
}

/** The special tokens of the paper (appendix A). */
export const specialIdentifiers: readonly string[] = ['[START_OF_FRAME]', '[END_OF_FRAME]'];

/**
 * Identifiers through a pretrained language model's own tokenizer (paper, appendix A: "tokenized the same as LLaMA"),
 * except for the special ones.
 */
export function textTokenizer(options: TextTokenizerOptions): IdentifierTokenizer {
  const { vocabSize, special = specialIdentifiers, start = [] } = options;
  const tokenizer = new Tokenizer(options.tokenizer, options.config);
  const known = new Map<string, readonly number[]>(special.map((text, i) => [text, [vocabSize + i]]));
  return {
    start,
    size: vocabSize + special.length,
    encode(text) {
      const seen = known.get(text);
      if (seen) return seen;
      const { ids } = tokenizer.encode(text, { add_special_tokens: false });
      if (ids.length === 0) throw new RangeError(`textTokenizer: ${JSON.stringify(text)} has no tokens`);
      const high = ids.find((id: number) => id >= vocabSize);
      if (high !== undefined) {
        throw new RangeError(
          `textTokenizer: ${JSON.stringify(text)} has token ${high}, but the model's table ends at ${vocabSize - 1}: is this its tokenizer?`,
        );
      }
      known.set(text, ids);
      return ids;
    },
  };
}
