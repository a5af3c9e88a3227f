import type { Picture } from './types.ts';

/** Pictures of one size, `columns` in a row, each shrunk by an integer factor, on white with a margin of 4. */
export function contactSheet(pictures: readonly Picture[], columns: number, shrink: number): Picture {
  const first = pictures[0];
  if (!first) throw new RangeError('contactSheet: at least one picture is needed, got none');
  const w = Math.floor(first.width / shrink);
  const h = Math.floor(first.height / shrink);
  const across = Math.min(columns, pictures.length);
  const rows = Math.ceil(pictures.length / across);
  const gap = 4;
  const width = across * (w + gap) + gap;
  const height = rows * (h + gap) + gap;
  const data = new Uint8Array(width * height * 3).fill(255);
  pictures.forEach((picture, i) => {
    const left = gap + (i % across) * (w + gap);
    const top = gap + Math.floor(i / across) * (h + gap);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        for (let c = 0; c < 3; c++)
          data[((top + y) * width + left + x) * 3 + c] = average(picture, x, y, c, shrink);
      }
    }
  });
  return { width, height, data };
}

function average(picture: Picture, x: number, y: number, channel: number, shrink: number): number {
  let sum = 0;
  for (let dy = 0; dy < shrink; dy++) {
    for (let dx = 0; dx < shrink; dx++) {
      sum += picture.data[((y * shrink + dy) * picture.width + x * shrink + dx) * 3 + channel]!;
    }
  }
  return Math.round(sum / (shrink * shrink));
}
