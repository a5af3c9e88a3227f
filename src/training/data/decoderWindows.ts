import type { FrameRecord } from '../../corpus/index.ts';
import type { Random } from '../../random/index.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Squares of a frame: what is decoded, what of it is compared, and what of that the discriminator sees. In pixels. */
export interface WindowSizes {
  /** Side of the decoded square. */
  readonly window: number;
  /** What of each side lies beyond the compared square, where a decoder feels the zeros around its latents. */
  readonly margin: number;
  /** Side of the square that the discriminator sees. */
  readonly seen: number;
  /** Pixels of a latent, on whose grid squares lie. */
  readonly cell: number;
}

/** A square of a frame by its left and upper edge, and where in it the discriminator looks. */
export interface DecoderWindow {
  readonly x: number;
  readonly y: number;
  readonly seenX: number;
  readonly seenY: number;
}

/** Fails where squares do not fit into frames or onto their grid. */
export function checkWindow(where: string, { window, margin, seen, cell }: WindowSizes, frame: Size): void {
  const { width, height } = frame;
  const fits = window <= width && window <= height && window % cell === 0 && margin % cell === 0 && seen > 0;
  if (fits) return;
  throw new RangeError(
    `${where}: crop and margin must be multiples of ${cell} pixels, and crop + 2 margin at most ${Math.min(width, height)}; ` +
      `got crop ${window - 2 * margin}, margin ${margin}`,
  );
}

/**
 * Draws a square whose compared part lies about a face with probability `faces`, else anywhere. At a side where the square
 * ends with the frame, its margin is compared too: there the zeros are those that a whole frame has.
 */
export function drawWindow(
  frame: Pick<FrameRecord, 'faces'>,
  { width, height }: Size,
  sizes: WindowSizes,
  faces: number,
  random: Random,
): DecoderWindow {
  const { window, margin, seen, cell } = sizes;
  const face = random.chance(faces) && frame.faces.length > 0 ? random.pick(frame.faces).box : undefined;
  const place = (size: number, low?: number, high?: number): number => {
    const last = (size - window) / cell;
    if (low === undefined || high === undefined) return cell * random.int(Math.floor(last) + 1);
    const at = (low + high) / 2 - window * random.uniform(0.35, 0.65);
    return cell * Math.round(Math.min(Math.max(at / cell, 0), Math.floor(last)));
  };
  const [x, y] = [place(width, face?.[0], face?.[2]), place(height, face?.[1], face?.[3])];
  // any offset, so that the discriminator's own grid meets the decoder's at every phase
  const look = (at: number, size: number): number => {
    const from = at === 0 ? 0 : margin;
    const to = (at + window === size ? window : window - margin) - seen;
    return from + random.int(to - from + 1);
  };
  return { x, y, seenX: look(x, width), seenY: look(y, height) };
}

/** What counts of a square [window, window]: 0 in the margins within the frame, elsewhere equal, 1 on average. */
export function windowWeights(
  { x, y }: DecoderWindow,
  sizes: WindowSizes,
  { width, height }: Size,
): Float32Array {
  const { window, margin } = sizes;
  const span = (at: number, size: number): [number, number] => [
    at === 0 ? 0 : margin,
    at + window === size ? window : window - margin,
  ];
  const [[left, right], [top, bottom]] = [span(x, width), span(y, height)];
  const value = window ** 2 / ((right - left) * (bottom - top));
  const out = new Float32Array(window ** 2);
  for (let row = top; row < bottom; row++) out.fill(value, row * window + left, row * window + right);
  return out;
}

/** The matrix [seen, window] whose product picks rows `from` .. `from + seen` of a square. */
export function pick(from: number, seen: number, window: number): Float32Array {
  const out = new Float32Array(seen * window);
  for (let i = 0; i < seen; i++) out[i * window + from + i] = 1;
  return out;
}

/** The same turned, [window, seen], for columns. */
export function pickColumns(from: number, seen: number, window: number): Float32Array {
  const out = new Float32Array(seen * window);
  for (let i = 0; i < seen; i++) out[(from + i) * seen + i] = 1;
  return out;
}

/** A square of planes: [c, height, width] from (x, y) on, [c, side, side]. */
export function cut(
  planes: Float32Array,
  { width, height }: Size,
  x: number,
  y: number,
  side: number,
): Float32Array {
  const c = planes.length / (width * height);
  const out = new Float32Array(c * side * side);
  for (let k = 0; k < c; k++) {
    for (let i = 0; i < side; i++) {
      const from = (k * height + y + i) * width + x;
      out.set(planes.subarray(from, from + side), (k * side + i) * side);
    }
  }
  return out;
}

/** Squares of s x s as channels, back in place: [c s s, h, w] -> [c, h s, w s] (torch's PixelShuffle). */
export function shuffled(planes: Float32Array, h: number, w: number, s: number): Float32Array {
  if (s === 1) return planes;
  const out = new Float32Array(planes.length);
  const c = planes.length / (h * w * s * s);
  for (let k = 0; k < c; k++) {
    for (let dy = 0; dy < s; dy++) {
      for (let dx = 0; dx < s; dx++) {
        const from = ((k * s + dy) * s + dx) * h * w;
        for (let y = 0; y < h; y++) {
          const to = (k * h * s + y * s + dy) * w * s + dx;
          for (let x = 0; x < w; x++) out[to + x * s] = planes[from + y * w + x] as number;
        }
      }
    }
  }
  return out;
}
