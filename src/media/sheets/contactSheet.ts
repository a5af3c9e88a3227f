import { checkImage, type Image, newImage, pasteImage } from '../image.ts';
import { drawText, LINE_HEIGHT, textWidth, wrapText } from './font.ts';

export interface ContactSheetOptions {
  /** Pictures a row; as near to a square sheet as it goes by default. */
  readonly columns?: number;
  /** A text below each picture, wrapped to at most three lines. */
  readonly labels?: readonly string[];
  readonly title?: string;
  /** Size of the letters: 1 is 5 x 7 pixels. */
  readonly textScale?: number;
}

const GAP = 8;
const MAX_LINES = 3;
const paper: readonly [number, number, number] = [250, 249, 246];
const ink: readonly [number, number, number] = [40, 40, 44];

/** Pictures side by side on one sheet, to look at. Cells have the size of the largest picture; smaller ones are centred. */
export function contactSheet(images: readonly Image[], options: ContactSheetOptions = {}): Image {
  if (images.length === 0) throw new RangeError('contactSheet: expected at least one image, got none');
  for (const image of images) checkImage(image, 'contactSheet');
  const { labels, title, textScale = 1 } = options;
  if (labels && labels.length !== images.length) {
    throw new RangeError(`contactSheet: ${images.length} images need as many labels, got ${labels.length}`);
  }
  const cellWidth = Math.max(...images.map(({ width }) => width));
  const cellHeight = Math.max(...images.map(({ height }) => height));
  const columns = options.columns ?? Math.ceil(Math.sqrt((images.length * cellHeight) / cellWidth));
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`contactSheet: columns must be a whole number from 1, got ${columns}`);
  }
  const lineHeight = LINE_HEIGHT * textScale;
  const texts = images.map((_, i) => wrapText(labels?.[i] ?? '', cellWidth, MAX_LINES, textScale));
  const lines = Math.max(...texts.map((text) => text.length));
  const rowHeight = cellHeight + (lines ? lines * lineHeight + 4 : 0) + GAP;
  const titleHeight = title ? 2 * lineHeight + GAP : 0;
  const used = Math.min(columns, images.length);
  const width = Math.max(
    used * (cellWidth + GAP) + GAP,
    title ? textWidth(title, 2 * textScale) + 2 * GAP : 0,
  );
  const sheet = newImage(width, titleHeight + GAP + Math.ceil(images.length / columns) * rowHeight, paper);
  if (title) drawText(sheet, title, GAP, GAP, { colour: ink, scale: 2 * textScale });
  for (const [i, image] of images.entries()) {
    const x = GAP + (i % columns) * (cellWidth + GAP);
    const y = titleHeight + GAP + Math.floor(i / columns) * rowHeight;
    pasteImage(sheet, image, x + ((cellWidth - image.width) >> 1), y + ((cellHeight - image.height) >> 1));
    for (const [n, text] of texts[i]!.entries()) {
      drawText(sheet, text, x, y + cellHeight + 4 + n * lineHeight, { colour: ink, scale: textScale });
    }
  }
  return sheet;
}
