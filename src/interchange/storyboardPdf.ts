import { readImage } from '../media/index.ts';
import { isInFont } from './helvetica.ts';
import { PdfPage, pdfBytes, pdfLines, pdfTextWidth } from './pdf.ts';
import { type Board, type BoardShot, numbered, reduced } from './pictures.ts';

/** How many shots a page can show. */
export const perPageChoices = [3, 6, 9] as const;
export type PerPage = (typeof perPageChoices)[number];

/** A4 in points, upright for one column, lying for more. */
const A4 = [595.276, 841.89] as const;
const MARGIN = 36;
const GAP = 14;
const HEAD = 26;

/** Width in pixels to which pictures are reduced: 200 dots an inch over the widest cell. */
const PICTURE = 1200;

/** A storyboard on pages, three (with the words beside the pictures), six or nine shots each, as the bytes of a PDF file. */
export async function storyboardPdf(
  board: Board,
  perPage: PerPage,
): Promise<{ data: Uint8Array; notices: string[] }> {
  const isUpright = perPage === 3;
  const [width, height] = isUpright ? A4 : [A4[1], A4[0]];
  const columns = isUpright ? 1 : 3;
  const rows = perPage / columns;
  const cell = {
    width: (width - 2 * MARGIN - (columns - 1) * GAP) / columns,
    height: (height - 2 * MARGIN - HEAD - (rows - 1) * GAP) / rows,
  };
  const pages: PdfPage[] = [];
  for (let first = 0; first < board.shots.length; first += perPage) {
    const page = new PdfPage(width, height);
    const [last, total] = [Math.min(first + perPage, board.shots.length), board.shots.length];
    page.text(board.title, { x: MARGIN, y: MARGIN + 11 }, { size: 13 });
    const label = `shots ${first + 1} to ${last} of ${total}, page ${pages.length + 1}`;
    const x = width - MARGIN - pdfTextWidth(label, 9);
    page.text(label, { x, y: MARGIN + 11 }, { size: 9, grey: 0.45 });
    for (const [i, shot] of board.shots.slice(first, last).entries()) {
      const x = MARGIN + (i % columns) * (cell.width + GAP);
      const y = MARGIN + HEAD + Math.floor(i / columns) * (cell.height + GAP);
      await drawShot(page, shot, { x, y, ...cell }, isUpright);
    }
    pages.push(page);
  }
  const odd = board.shots.filter((shot) => !isInFont(wordsOf(shot).join('')));
  const places = odd.map(({ place }) => place).slice(0, 8);
  return {
    data: pdfBytes(pages, board.title),
    notices:
      odd.length === 0
        ? []
        : [
            `${odd.length} of the shots (${places.join(', ')}${odd.length > 8 ? ', ...' : ''}) have letters that the PDF's ` +
              'font lacks: question marks stand for them; storyboard.html has them all',
          ],
  };
}

/** Who is there, where, and what happens. */
const wordsOf = ({ people, elements, plot }: BoardShot): string[] => [
  people.map(({ id, expression }) => (expression ? `${id} (${expression})` : id)).join(', '),
  elements.join(', '),
  plot.join(' '),
];

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const SIZE = 8.5;
const LEADING = 10.5;

/** The picture, as large as it fits, and the words below it or beside it. */
async function drawShot(page: PdfPage, shot: BoardShot, cell: Cell, isBeside: boolean): Promise<void> {
  const image = reduced(await readImage(shot.picture), PICTURE);
  const room = isBeside
    ? { width: cell.width * 0.56, height: cell.height }
    : { width: cell.width, height: cell.height - 4.5 * LEADING };
  const scale = Math.min(room.width / image.width, room.height / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  page.image(image, cell, width, height);
  const x = isBeside ? cell.x + width + 12 : cell.x;
  const textWidth = isBeside ? cell.width - width - 12 : cell.width;
  let y = isBeside ? cell.y + SIZE : cell.y + height + LEADING;
  const bottom = cell.y + cell.height + 2;
  page.text(`${numbered(shot.place, shot.label)}   ${seconds(shot.seconds)}`, { x, y }, { size: SIZE + 1 });
  y += LEADING + 1;
  const [people = '', elements = '', plot = ''] = wordsOf(shot);
  const parts = [
    { text: plot, grey: 0 },
    { text: people, grey: 0.35 },
    { text: elements, grey: 0.35 },
  ];
  for (const { text, grey } of parts) {
    for (const line of pdfLines(text, textWidth, SIZE)) {
      if (y > bottom) return;
      page.text(
        y + LEADING > bottom && !isLast(line, text) ? `${line.slice(0, -3)}...` : line,
        { x, y },
        { size: SIZE, grey },
      );
      y += LEADING;
    }
    if (isBeside) y += 3;
  }
}

const isLast = (line: string, text: string): boolean => text.replace(/\s+/g, ' ').trim().endsWith(line);
const seconds = (value: number): string => `${Number(value.toFixed(2))} s`;
