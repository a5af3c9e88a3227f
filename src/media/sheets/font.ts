import type { Image } from '../image.ts';

/**
 * A small bitmap font of our own, because a bare machine has no fonts for charts and contact sheets. Glyphs are 5 wide;
 * each digit (base 32) is a row from the top, its highest bit the leftmost pixel; rows 8 and 9 reach below the line.
 */
// biome-ignore format: a table
const glyphs: { readonly [character: string]: string } = {
  A: 'EHHVHHH', B: 'UHHUHHU', C: 'EHGGGHE', D: 'UHHHHHU', E: 'VGGUGGV', F: 'VGGUGGG', G: 'EHGNHHF',
  H: 'HHHVHHH', I: 'E44444E', J: '72222IC', K: 'HIKOKIH', L: 'GGGGGGV', M: 'HRLLHHH', N: 'HHPLJHH',
  O: 'EHHHHHE', P: 'UHHUGGG', Q: 'EHHHLID', R: 'UHHUKIH', S: 'FGGE11U', T: 'V444444', U: 'HHHHHHE',
  V: 'HHHHHA4', W: 'HHHLLLA', X: 'HHA4AHH', Y: 'HHHA444', Z: 'V1248GV',
  a: '00E1FHF', b: 'GGMPHHU', c: '00EGGHE', d: '11DJHHF', e: '00EHVGE', f: '698S888', g: '00FHHHF1E',
  h: 'GGMPHHH', i: '40C444E', j: '2062222IC', k: 'GGIKOKI', l: 'C44444E', m: '00QLLHH', n: '00MPHHH',
  o: '00EHHHE', p: '00UHHHUGG', q: '00FHHHF11', r: '00MPGGG', s: '00FGE1U', t: '88S8896', u: '00HHHJD',
  v: '00HHHA4', w: '00HHLLA', x: '00HA4AH', y: '00HHHHF1E', z: '00V248V',
  0: 'EHJLPHE', 1: '4C4444E', 2: 'EH1248V', 3: 'V2421HE', 4: '26AIV22', 5: 'VGU11HE', 6: '68GUHHE',
  7: 'V124888', 8: 'EHHEHHE', 9: 'EHHF12C',
  ' ': '', '!': '4444404', '"': 'AA', '#': 'AAVAVAA', $: '4FKE5U4', '%': 'OP248J3', '&': 'CIK8LID',
  "'": '44', '(': '2488842', ')': '8422248', '*': '04LEL4', '+': '044V44', ',': '000000448', '-': '000V',
  '.': '00000CC', '/': '01248G', ':': '0CC0CC', ';': '0CC0C48', '<': '248G842', '=': '00V0V', '>': '8421248',
  '?': 'EH12404', '@': 'EH1DLLE', '[': 'E88888E', '\\': '0G8421', ']': 'E22222E', '^': '4AH', _: '00000000V',
  '`': '84', '{': '6448446', '|': '4444444', '}': 'C44244C', '~': '008L2',
};

// biome-ignore format: a table
const replacements: { readonly [character: string]: string } = {
  '–': '-', '—': '-', '−': '-', '’': "'", '‘': "'", '“': '"', '”': '"', '…': '...', '×': 'x', '·': '.', ß: 'ss',
};

/** Pixels from one character to the next, and from one line to the next, at scale 1. */
export const CELL_WIDTH = 6;
export const LINE_HEIGHT = 11;

/** What the font can show of a text: accents fall off, other scripts become `?`. */
function drawable(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '');
  return Array.from(plain, (c) => (c in glyphs ? c : (replacements[c] ?? (/\s/.test(c) ? ' ' : '?')))).join(
    '',
  );
}

/** Width in pixels of one line of text. */
export function textWidth(text: string, scale: number = 1): number {
  return Math.max(0, drawable(text).length * CELL_WIDTH - 1) * scale;
}

/** Draws one line of text with its upper left corner at (x, y); what lies outside the image is cut off. */
export function drawText(
  image: Image,
  text: string,
  x: number,
  y: number,
  style: { readonly colour?: readonly [number, number, number]; readonly scale?: number } = {},
): void {
  const { colour = [0, 0, 0], scale = 1 } = style;
  for (const [i, character] of Array.from(drawable(text)).entries()) {
    for (const [row, digit] of Array.from(glyphs[character] ?? '').entries()) {
      const bits = Number.parseInt(digit, 32);
      for (let column = 0; column < 5; column++) {
        if (!(bits & (16 >> column))) continue;
        fillRect(image, x + (i * CELL_WIDTH + column) * scale, y + row * scale, scale, scale, colour);
      }
    }
  }
}

/** Breaks text into at most `maxLines` lines of at most `width` pixels; the last one ends in `...` when more would come. */
export function wrapText(text: string, width: number, maxLines: number, scale: number = 1): string[] {
  const perLine = Math.max(4, Math.floor((width / scale + 1) / CELL_WIDTH));
  const lines: string[] = [];
  let line = '';
  for (let word of drawable(text).split(' ').filter(Boolean)) {
    for (; word.length > perLine; word = word.slice(perLine)) {
      if (line) lines.push(line);
      line = '';
      lines.push(word.slice(0, perLine));
    }
    const longer = line ? `${line} ${word}` : word;
    if (longer.length <= perLine) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  if (line) lines.push(line);
  if (lines.length <= maxLines) return lines;
  const last = lines[maxLines - 1]!;
  return [...lines.slice(0, maxLines - 1), `${last.slice(0, perLine - 3).trimEnd()}...`];
}

/** Fills a rectangle of whole pixels, cut at the image's edges. */
export function fillRect(
  image: Image,
  left: number,
  top: number,
  width: number,
  height: number,
  colour: readonly [number, number, number],
): void {
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height); y++) {
    for (let x = Math.max(0, left); x < Math.min(image.width, left + width); x++) {
      image.data.set(colour, (y * image.width + x) * 3);
    }
  }
}
