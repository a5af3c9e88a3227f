/** The words of a text in lower case, each once. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*/gu) ?? [])];
}

/** Words that at least `least` of the texts have, in alphabetical order. */
export function vocabularyOf(texts: Iterable<string>, least: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].flatMap(([word, count]) => (count >= least ? [word] : [])).sort();
}

/** Which words of a vocabulary each text has: [texts, words] of zeros and ones. Others are not counted. */
export function wordTargets(texts: readonly string[], places: ReadonlyMap<string, number>): Float32Array {
  const out = new Float32Array(texts.length * places.size);
  texts.forEach((text, i) => {
    for (const word of wordsOf(text)) {
      const place = places.get(word);
      if (place !== undefined) out[i * places.size + place] = 1;
    }
  });
  return out;
}
