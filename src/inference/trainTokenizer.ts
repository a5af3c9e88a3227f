/**
 * Learns byte-level BPE merges (Sennrich et al., 2016) from a corpus and writes them as a Hugging Face
 * `tokenizer.json` of CLIP's kind: lower-cased, word by word, `</w>` marks the end of a word, start and end tokens
 * around the text. The same loader then reads this file and CLIP's own.
 */
export function trainTokenizer(sentences: Iterable<string>, vocabularySize: number): TokenizerJson {
  const counts = new Map<string, number>();
  for (const sentence of sentences) {
    for (const word of sentence.toLowerCase().match(words) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const bytes = byteCharacters();
  const vocabulary = [...bytes, ...bytes.map((c) => `${c}${end}`)];
  const budget = vocabularySize - vocabulary.length - 2;
  if (budget < 0) {
    throw new RangeError(
      `trainTokenizer: vocabularySize must be at least ${vocabulary.length + 2}, got ${vocabularySize}`,
    );
  }
  const encoder = new TextEncoder();
  const split = [...counts].map(([word, count]) => {
    const symbols = [...encoder.encode(word)].map((b) => bytes[b] as string);
    symbols.push(`${symbols.pop()}${end}`);
    return { symbols, count };
  });

  const merges: [string, string][] = [];
  while (merges.length < budget) {
    const pairs = new Map<string, number>();
    for (const { symbols, count } of split) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        const pair = `${symbols[i]} ${symbols[i + 1]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    }
    // the most frequent pair; among equals the first in code-point order, so that the result never depends on a Map
    let best: string | undefined;
    for (const [pair, count] of pairs) {
      const top = best === undefined ? 0 : (pairs.get(best) as number);
      if (count > top || (count === top && best !== undefined && pair < best)) best = pair;
    }
    if (best === undefined || (pairs.get(best) as number) < 2) break;
    const [left, right] = best.split(' ') as [string, string];
    merges.push([left, right]);
    for (const word of split) word.symbols = merge(word.symbols, left, right);
  }
  vocabulary.push(...merges.map(([a, b]) => a + b), startToken, endToken);
  return clipTokenizerJson(vocabulary, merges);
}

const end = '</w>';
export const startToken = '<|startoftext|>';
export const endToken = '<|endoftext|>';
const words = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

function merge(symbols: string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(symbols[i] as string);
  }
  return out;
}

/** GPT-2's printable stand-in for each byte: itself where it is printable, otherwise a character from 256 on. */
function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => {
    const printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
    return String.fromCodePoint(printable ? b : next++);
  });
}

/** The part of a Hugging Face tokenizer.json that is written here. */
export interface TokenizerJson {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly [string, string][];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/**
 * A `tokenizer.json` of CLIP's kind.
 * @param vocabulary tokens by their ids
 * @param merges in the order in which they are tried
 */
export function clipTokenizerJson(
  vocabulary: readonly string[],
  merges: readonly [string, string][],
): TokenizerJson {
  const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  const special = (content: string): object => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: true,
    special: true,
  });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(startToken), special(endToken)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [endToken, vocab[endToken]],
      cls: [startToken, vocab[startToken]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: endToken,
      continuing_subword_prefix: '',
      end_of_word_suffix: end,
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
}
