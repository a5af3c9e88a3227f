import { wordsOf } from './words.ts';

export interface NearestSentence {
  /** One of those that are known. */
  readonly sentence: string;
  /** -1 .. 1; 1 is the same. */
  readonly cosine: number;
}

/** Embeds sentences: rows of unit length, [n, dim]. */
export type EmbedSentences = (sentences: readonly string[]) => Promise<Float32Array>;

/**
 * For each sentence the known one whose embedding is nearest. People are called by the names that known sentences use, in
 * the order in which they appear, so that names do not count.
 * @param names those that known sentences use, the usual ones first
 * @param people other names that sentences use
 */
export async function nearestSentences(
  sentences: readonly string[],
  known: readonly string[],
  names: readonly string[],
  embed: EmbedSentences,
  people: readonly string[] = [],
): Promise<NearestSentence[]> {
  if (sentences.length === 0 || known.length === 0) return [];
  const all = new Set(
    [...names, ...people].flatMap((name) => wordsOf(name).map(({ text }) => text.toLowerCase())),
  );
  const rows = await embed(sentences.map((text) => withNames(text, all, names)));
  const table = await embed(known);
  const dim = table.length / known.length;
  return sentences.map((_, i) => {
    const row = rows.subarray(i * dim, (i + 1) * dim);
    let best: NearestSentence = { sentence: '', cosine: Number.NEGATIVE_INFINITY };
    for (const [j, sentence] of known.entries()) {
      let cosine = 0;
      for (let k = 0; k < dim; k++) cosine += (row[k] as number) * (table[j * dim + k] as number);
      if (cosine > best.cosine) best = { sentence, cosine };
    }
    return best;
  });
}

function withNames(text: string, all: ReadonlySet<string>, names: readonly string[]): string {
  const order: string[] = [];
  let out = '';
  let end = 0;
  for (const { text: word, at, isCapital } of wordsOf(text)) {
    const name = word.toLowerCase();
    if (!isCapital || !all.has(name)) continue;
    if (!order.includes(name)) order.push(name);
    out += text.slice(end, at) + (names[order.indexOf(name)] ?? word);
    end = at + word.length;
  }
  return out + text.slice(end);
}
