/** Words whose full stop does not end a sentence. Compared without the stop, in lower case. */
const abbreviations: ReadonlySet<string> = new Set(
  'mr mrs ms mx dr prof rev fr sr jr st mt ft gen col capt lt sgt cmdr adm gov sen rep hon vs no nos vol fig approx ca cf e.g i.e'.split(
    ' ',
  ),
);

/**
 * Marks that end a sentence wherever they stand, without white space behind. Listed one by one: what Unicode calls a
 * sentence's end grows with the version of Node, and a film must not change with it. Chinese, Japanese and full-width;
 * Devanagari, Bengali and other Indic; Urdu and Arabic; Armenian; Ethiopic; Burmese; Khmer; Tibetan; Mongolian; doubled.
 */
const stops = '。！？．｡﹒﹖﹗।॥۔؟։።፧፨။។៕།༎᠃᠉‼⁇⁈⁉';
const surely = new RegExp(`^[${stops}]`);
const ends = new RegExp(`[.!?…]+["'”’»)\\]]*(?= )|[${stops}]+[」』”’"'»）)】〉》]*`, 'g');

/** A full-width point between digits is a decimal's. */
const isDecimal = (before: string, after: string): boolean => /\p{N}$/u.test(before) && /^\p{N}/u.test(after);

/**
 * Splits prose into sentences, each with its punctuation: every one becomes one text-encoder token (paper 3.4). A
 * sentence ends at `.`, `!`, `?` or `…` before white space and something that can begin a sentence, at the full stops of
 * other scripts (`。！？` full-width, `।` Hindi, `۔` Urdu, `։` Armenian, `።` Ethiopic, `။` Burmese, `។` Khmer ...), and at a
 * blank line. Thai has none: write its plots as lists. Abbreviations (`Dr. Stone`), initials (`J. R. Stone`) and speech (`"Run!" she shouts.`) stay whole. Where
 * this is wrong, write the plot as a list: its items are never split.
 */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  for (const paragraph of text.split(/\n\s*\n/)) {
    const flat = paragraph.replace(/\s+/g, ' ').trim();
    let start = 0;
    for (const match of flat.matchAll(ends)) {
      const end = match.index + match[0].length;
      if (
        end >= flat.length ||
        !endsSentence(flat.slice(start, match.index), match[0], flat.slice(end).trimStart())
      ) {
        continue;
      }
      sentences.push(flat.slice(start, end).trim());
      start = end;
    }
    sentences.push(flat.slice(start).trim());
  }
  return sentences.filter((sentence) => sentence !== '');
}

function endsSentence(before: string, punctuation: string, after: string): boolean {
  if (surely.test(punctuation)) return /^．/.test(punctuation) ? !isDecimal(before, after) : true;
  if (!/^["'“‘«([¿¡]*[\p{Lu}\p{Lt}\p{Lo}\p{N}]/u.test(after)) return false;
  if (/^[!?…]+["'”’»]/.test(punctuation)) return false; // "Run!" she, or Mara, shouts
  if (punctuation !== '.') return true;
  const word = /[\p{L}.]+$/u.exec(before)?.[0] ?? '';
  const initial = /^(\p{Lu}|\p{Lu}(\.\p{Lu})+)$/u.test(word) && word !== 'I';
  return !initial && !abbreviations.has(word.toLowerCase());
}

/**
 * A character's description with the expression that it wears in a shot, as sentences. The expression joins the first
 * sentence, which says who it is: "A bald man. He limps." and "Smiling!" give "A bald man, smiling." and "He limps."
 */
export function characterSentences(description: string, expression: string): string[] {
  const [first = '', ...others] = splitSentences(description);
  const mood = lowerFirst(
    expression
      .trim()
      .replace(/^[,;:\s]+/, '')
      .replace(new RegExp(`[\\s.,;:!?…${stops}]+$`), ''),
  );
  if (mood === '') return [first, ...others];
  const [, body = first, end = ''] = new RegExp(`^(.*?)([.!?…${stops}]*)$`, 's').exec(first) ?? [];
  const trimmed = body.replace(/[\s,;:]+$/, '');
  const kept = /^[!?…]/.test(end) || surely.test(end);
  return [`${trimmed}, ${mood}${kept ? end : '.'}`, ...others];
}

/** "Smiling" to "smiling"; words that are not written in plain capitalised form ("I", "TV", "McCoy") stay. */
function lowerFirst(text: string): string {
  return /^\p{Lu}\p{Ll}[\p{Ll}'-]*(?![\p{L}\p{N}])|^A /u.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}
