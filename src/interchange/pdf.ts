import { deflateSync } from 'node:zlib';
import type { Image } from '../media/index.ts';
import { helveticaWidths, winAnsi } from './helvetica.ts';

/** A place on a page in points (1/72 inch), from its upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface TextStyle {
  /** Height of the letters in points. */
  readonly size: number;
  /** 0 is black, 1 is white. */
  readonly grey?: number;
}

/** A page that things are put on. */
export class PdfPage {
  readonly width: number;
  readonly height: number;
  readonly content: string[] = [];
  readonly images: Image[] = [];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  /** One line of text, with its base line at a place. */
  text(line: string, { x, y }: Place, { size, grey = 0 }: TextStyle): void {
    const bytes = Array.from(winAnsi(line), (code) => code.toString(16).padStart(2, '0')).join('');
    this.content.push(
      `BT ${grey} g /F1 ${size} Tf ${points(x)} ${points(this.height - y)} Td <${bytes}> Tj ET`,
    );
  }

  /** A picture, scaled to a size in points. */
  image(image: Image, { x, y }: Place, width: number, height: number): void {
    this.images.push(image);
    const place = `${points(width)} 0 0 ${points(height)} ${points(x)} ${points(this.height - y - height)}`;
    this.content.push(`q ${place} cm /I${this.images.length} Do Q`);
  }
}

const points = (value: number): string => String(Number(value.toFixed(3)));

/** Width of a line of text in points. */
export function pdfTextWidth(line: string, size: number): number {
  let units = 0;
  for (const code of winAnsi(line)) units += helveticaWidths[code - 32] ?? 556;
  return (units * size) / 1000;
}

/** Breaks text into lines of at most `width` points; a word that is wider stands alone and is cut. */
export function pdfLines(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(/\s+/).filter(Boolean)) {
    for (; pdfTextWidth(word, size) > width; ) {
      let fits = 1;
      while (pdfTextWidth(word.slice(0, fits + 1), size) <= width) fits++;
      if (line) lines.push(line);
      line = '';
      lines.push(word.slice(0, fits));
      word = word.slice(fits);
    }
    const longer = line ? `${line} ${word}` : word;
    if (pdfTextWidth(longer, size) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line ? [...lines, line] : lines;
}

/**
 * The bytes of a PDF 1.4 file with the standard font Helvetica, which every reader has and which holds the letters of Western
 * Europe. No dates and no random ids: the same pages give the same bytes.
 */
export function pdfBytes(pages: readonly PdfPage[], title: string): Uint8Array {
  const objects: Buffer[] = [];
  const add = (body: string | Buffer): number => objects.push(Buffer.from(body));
  const stream = (entries: string, data: Uint8Array): number => {
    const packed = deflateSync(data);
    const head = `<< ${entries}/Filter /FlateDecode /Length ${packed.length} >>\nstream\n`;
    return add(Buffer.concat([Buffer.from(head), packed, Buffer.from('\nendstream')]));
  };
  const catalog = add('<< /Type /Catalog /Pages 2 0 R >>');
  add(''); // the list of pages, when they are known
  const font = add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  const kids = pages.map(({ width, height, content, images }) => {
    const pictures = images.map((image, i) => {
      const size = `/Width ${image.width} /Height ${image.height}`;
      const entries = `/Type /XObject /Subtype /Image ${size} /ColorSpace /DeviceRGB /BitsPerComponent 8 `;
      return `/I${i + 1} ${stream(entries, image.data)} 0 R`;
    });
    const drawn = stream('', Buffer.from(content.join('\n')));
    const resources = `<< /Font << /F1 ${font} 0 R >> /XObject << ${pictures.join(' ')} >> >>`;
    const box = `[0 0 ${points(width)} ${points(height)}]`;
    return add(
      `<< /Type /Page /Parent 2 0 R /MediaBox ${box} /Resources ${resources} /Contents ${drawn} 0 R >>`,
    );
  });
  objects[1] = Buffer.from(
    `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`,
  );
  const info = add(`<< /Title ${utf16(title)} /Producer (moviedreamer) >>`);
  return assemble(objects, catalog, info);
}

/** The file: its objects, and where each of them begins. */
function assemble(objects: readonly Buffer[], catalog: number, info: number): Uint8Array {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  let at = parts[0]?.length ?? 0;
  const offsets = objects.map((body, i) => {
    const whole = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    const offset = at;
    parts.push(whole);
    at += whole.length;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const count = objects.length + 1;
  const trailer = `<< /Size ${count} /Root ${catalog} 0 R /Info ${info} 0 R >>`;
  const table = `xref\n0 ${count}\n0000000000 65535 f \n${offsets.join('')}`;
  parts.push(Buffer.from(`${table}trailer\n${trailer}\nstartxref\n${at}\n%%EOF\n`));
  return Buffer.concat(parts);
}

const utf16 = (text: string): string =>
  `<feff${Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0')).join('')}>`;
