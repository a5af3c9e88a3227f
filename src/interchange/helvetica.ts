/** Widths of Helvetica's letters in thousandths of their height (Adobe Font Metrics), by their codes in WinAnsi from 32 on. */
// biome-ignore format: a table
export const helveticaWidths: readonly number[] = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
  556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
  1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
  667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
  333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
  556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
  556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
  350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
  278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
  400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
  667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
  722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
  556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
  556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/** Letters of WinAnsi (Windows-1252) at 128 to 159; a space where there is none. */
const upper =
  '\u20ac \u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152 \u017d  \u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153 \u017e\u0178';

/** The code of a letter; undefined where the font has none. */
function codeOf(letter: string): number | undefined {
  const code = letter.codePointAt(0) as number;
  if ((code >= 32 && code < 127) || (code >= 160 && code < 256)) return code;
  const place = letter === ' ' ? -1 : upper.indexOf(letter);
  return place < 0 ? undefined : 128 + place;
}

/** A text in the font's codes. What it lacks loses its accents, or becomes a question mark. */
export function winAnsi(text: string): number[] {
  return Array.from(text.normalize('NFC')).flatMap((letter) => {
    const plain = letter.normalize('NFKD').replace(/\p{M}/gu, '');
    return codeOf(letter) ?? Array.from(plain).map((own) => codeOf(own) ?? 63);
  });
}

/** Whether the font has all letters of a text, accents aside. */
export const isInFont = (text: string): boolean =>
  text === '' || winAnsi(text).filter((code) => code === 63).length === (text.match(/\?/g) ?? []).length;
