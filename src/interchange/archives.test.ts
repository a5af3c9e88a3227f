import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newImage } from '../media/index.ts';
import { isInFont, winAnsi } from './helvetica.ts';
import { PdfPage, pdfBytes, pdfLines, pdfTextWidth } from './pdf.ts';
import { crc32, writeZip } from './zip.ts';

describe('archives', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zip-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('have a directory that leads to every file, with its sum', async () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926); // the check value of CRC-32
    await writeFile(join(folder, 'film.bin'), Buffer.alloc(3_000_000, 7));
    const path = join(folder, 'a.zip');
    await writeZip(path, [
      { name: 'zoë.txt', data: Buffer.from('hello') },
      { name: 'media/film.bin', data: { file: join(folder, 'film.bin') } },
    ]);
    const zip = await readFile(path);
    const end = zip.length - 22;
    expect([zip.readUInt32LE(end), zip.readUInt16LE(end + 10)]).toEqual([0x06054b50, 2]);
    const files: Record<string, Buffer> = {};
    let at = zip.readUInt32LE(end + 16);
    for (let i = 0; i < 2; i++) {
      expect(zip.readUInt32LE(at)).toBe(0x02014b50);
      const [crc, size] = [zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24)];
      const [nameLength, offset] = [zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
      const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
      expect(zip.readUInt32LE(offset)).toBe(0x04034b50);
      const local = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
      files[name] = zip.subarray(local, local + size);
      expect(crc32(files[name])).toBe(crc);
      at += 46 + nameLength;
    }
    expect(at).toBe(end);
    expect(files['zoë.txt']?.toString()).toBe('hello');
    expect(files['media/film.bin']?.equals(Buffer.alloc(3_000_000, 7))).toBe(true);
  });
});

describe('PDF pages', () => {
  it('have a table of where each object begins, and text and pictures in them', () => {
    const page = new PdfPage(200, 100);
    page.text('Zoë (1) \\ €', { x: 10, y: 20 }, { size: 10 });
    page.image(newImage(2, 1, [1, 2, 3]), { x: 0, y: 30 }, 40, 20);
    const bytes = Buffer.from(pdfBytes([page, new PdfPage(200, 100)], 'Zoë'));
    const text = bytes.toString('latin1');
    const table = Number(/startxref\n(\d+)/.exec(text)?.[1]);
    const entries = text.slice(table).match(/^\d{10} 00000 n /gm) ?? [];
    for (const [i, entry] of entries.entries())
      expect(text.slice(Number(entry.slice(0, 10))).startsWith(`${i + 1} 0 obj`)).toBe(true);
    expect(text).toContain('/Count 2');
    const streams = [...text.matchAll(/\/Length (\d+) >>\nstream\n/g)].map((match) => {
      const start = match.index + match[0].length;
      return inflateSync(bytes.subarray(start, start + Number(match[1])));
    });
    expect(streams[0]).toEqual(Buffer.from([1, 2, 3, 1, 2, 3]));
    expect(streams[1]?.toString()).toBe(
      'BT 0 g /F1 10 Tf 10 80 Td <5a6feb20283129205c2080> Tj ET\nq 40 0 0 20 0 50 cm /I1 Do Q',
    );
    expect(pdfBytes([page], 'a')).toEqual(pdfBytes([page], 'a'));
  });

  it('measure and break text, and know what their font lacks', () => {
    expect(pdfTextWidth('Ill', 10)).toBeCloseTo((278 + 222 + 222) / 100);
    const lines = pdfLines(`the quick brown fox ${'w'.repeat(80)} end`, 100, 10);
    expect(lines.every((line) => pdfTextWidth(line, 10) <= 100)).toBe(true);
    expect(lines.join('').replace(/ /g, '')).toBe(`thequickbrownfox${'w'.repeat(80)}end`);
    expect(winAnsi('ő–日')).toEqual([0x6f, 0x96, 63]);
    expect([isInFont('Zoë? – “a”'), isInFont('日本')]).toEqual([true, false]);
  });
});
