import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cropImage, type Image, newImage } from '../image.ts';
import { readImage } from '../picture.ts';
import { contactSheet } from './contactSheet.ts';
import { drawText, textWidth, wrapText } from './font.ts';
import { escapeHtml } from './html.ts';
import { drawLineChart, lineChart } from './lineChart.ts';
import { storyboardHtml, writeStoryboard } from './storyboard.ts';

const white = [255, 255, 255] as const;
const inked = (image: Image): number => image.data.filter((v, i) => i % 3 === 0 && v !== 255).length;

function rows(text: string): string[] {
  const image = newImage(textWidth(text), 9, white);
  drawText(image, text, 0, 0);
  return Array.from({ length: 9 }, (_, y) =>
    Array.from({ length: image.width }, (_, x) =>
      image.data[(y * image.width + x) * 3] === 0 ? '#' : '.',
    ).join(''),
  );
}

it('draws letters', () => {
  expect(rows('Ag')).toEqual([
    '.###.......',
    '#...#......',
    '#...#..####',
    '#####.#...#',
    '#...#.#...#',
    '#...#.#...#',
    '#...#..####',
    '..........#',
    '.......###.',
  ]);
});

it('has a glyph of its own for every ASCII character', () => {
  const shapes = Array.from({ length: 94 }, (_, i) => rows(String.fromCharCode(33 + i)).join('\n'));
  expect(shapes.filter((shape) => !shape.includes('#'))).toEqual([]);
  expect(new Set(shapes).size).toBe(94);
});

it('falls back for letters that it lacks', () => {
  expect(rows('Zoë – “…”')).toEqual(rows('Zoe - "..."'));
  expect(rows('日')).toEqual(rows('?'));
  expect(() => drawText(newImage(4, 4), 'cut off', -3, 2)).not.toThrow();
});

it('wraps text', () => {
  expect(wrapText('Mara shows Tom the light', 60, 3)).toEqual(['Mara shows', 'Tom the', 'light']);
  expect(wrapText('Mara shows Tom the light', 60, 2)).toEqual(['Mara shows', 'Tom the...']);
  expect(wrapText('abcdefghijklmno', 60, 3)).toEqual(['abcdefghij', 'klmno']);
});

it('lays pictures out in rows', () => {
  const red = newImage(30, 20, [255, 0, 0]);
  const sheet = contactSheet([red, red, newImage(10, 10, [0, 0, 255])], {
    columns: 2,
    labels: ['one', 'two', ''],
  });
  expect(sheet.width).toBe(2 * 30 + 3 * 8);
  expect(cropImage(sheet, 46, 8, 30, 20)).toEqual(red);
  expect(cropImage(sheet, 18, 8 + 20 + 4 + 11 + 8 + 5, 10, 10)).toEqual(newImage(10, 10, [0, 0, 255]));
  expect(() => contactSheet([])).toThrow(/at least one/);
  expect(() => contactSheet([red], { labels: [] })).toThrow(/1 images/);
  expect(() => contactSheet([red], { columns: 0 })).toThrow(/columns/);
});

it('draws curves where their points are', async () => {
  const empty = drawLineChart([{ name: 'a', points: [] }], { width: 300, height: 200 });
  const falling = drawLineChart(
    [
      {
        name: 'a',
        points: [
          [0, 1],
          [1, 0],
        ],
      },
    ],
    { width: 300, height: 200 },
  );
  const blue = (image: Image, x: number, y: number): boolean =>
    image.data[(y * image.width + x) * 3]! < 60 && image.data[(y * image.width + x) * 3 + 2]! > 120;
  expect(blue(falling, 72, 44)).toBe(true); // top left: x = 0, y = 1
  expect(blue(falling, 279, 155)).toBe(true); // bottom right
  expect(blue(falling, 279, 44)).toBe(false);
  expect(inked(falling)).toBeGreaterThan(inked(empty));
  const odd = [
    [0, 1],
    [1, Number.NaN],
    [2, -3],
    [3, 5],
    [4, 6],
  ] as const;
  for (const logY of [true, false]) {
    expect(() => drawLineChart([{ name: 'b', points: odd }], { logY, smoothing: 0.1 })).not.toThrow();
  }
  const dir = await mkdtemp(join(tmpdir(), 'chart-'));
  await lineChart(
    [
      {
        name: 'a',
        points: [
          [0, 1],
          [1, 0],
        ],
      },
    ],
    join(dir, 'loss.png'),
    { width: 300, height: 200 },
  );
  expect(await readImage(join(dir, 'loss.png'))).toEqual(falling);
  await rm(dir, { recursive: true });
});

it('writes the storyboard with relative links and without trust in its texts', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'board-'));
  const board = {
    title: '<script>alert(1)</script>',
    movie: join(dir, 'movie.mp4'),
    characters: [{ id: 'mara', face: join(dir, 'faces/ma ra#1.png'), description: 'A "tall" woman & more.' }],
    shots: [
      {
        number: 1,
        characters: [{ id: 'mara', expression: 'smiling' }],
        elements: ['Night'],
        plot: ['She runs.', 'He <i>falls</i>.'],
        seconds: 3,
        image: 'keyframes/0001.png',
        clip: join(dir, 'clips/0001.mp4'),
      },
      { number: 2, characters: [], elements: [], plot: ['The end.'], image: 'keyframes/0002.png' },
      { number: 3, characters: [], elements: [], plot: ['To come.'] },
    ],
  };
  await writeStoryboard(join(dir, 'storyboard.html'), board);
  const html = await readFile(join(dir, 'storyboard.html'), 'utf8');
  expect(html).toBe(storyboardHtml(board, dir));
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<i>falls');
  expect(html).not.toContain(dir);
  expect(html).toContain('She runs. He &lt;i&gt;falls&lt;/i&gt;.');
  expect(html).toContain('src="movie.mp4"');
  expect(html).toContain('src="faces/ma%20ra%231.png"');
  expect(html).toContain('poster="keyframes/0001.png" src="clips/0001.mp4"');
  expect(html).toContain('<img src="keyframes/0002.png"');
  expect(html).toContain('no picture yet');
  expect(escapeHtml(`a<b>&"'`)).toBe('a&lt;b&gt;&amp;&quot;&#39;');
  await rm(dir, { recursive: true });
});
