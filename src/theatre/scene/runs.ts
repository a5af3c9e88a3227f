import type { Rgb } from '../palette.ts';
import { type Canvas, div255, type Sprite } from '../raster.ts';

/**
 * A sheet of scenery as runs of equal pixels: flat art shrinks to a tenth, which lets every layout stay in memory, and
 * composing it costs one computation a run. Triples of canvas offset, length and premultiplied pixel, for one canvas
 * width; empty pixels have no run, and no run crosses a row.
 */
export type Runs = Uint32Array;

/** The sprite as runs on a canvas of `width`. */
export function toRuns(sprite: Sprite, width: number): Runs {
  const { data } = sprite;
  const out = new Uint32Array(data.length * 3);
  const left = Math.round(-sprite.originX);
  const top = Math.round(-sprite.originY);
  let n = 0;
  for (let y = 0; y < sprite.height; y++) {
    const row = y * sprite.width;
    let x = 0;
    while (x < sprite.width) {
      const pixel = data[row + x]!;
      const start = x++;
      while (x < sprite.width && data[row + x] === pixel) x++;
      if (pixel === 0) continue;
      out[n] = (y + top) * width + left + start;
      out[n + 1] = x - start;
      out[n + 2] = pixel;
      n += 3;
    }
  }
  return out.slice(0, n);
}

/** The runs mirrored on their canvas of `width`. */
export function flipRuns(runs: Runs, width: number): Runs {
  const out = runs.slice();
  for (let i = 0; i < runs.length; i += 3) {
    const x = runs[i]! % width;
    out[i] = runs[i]! - x + width - x - runs[i + 1]!;
  }
  return out;
}

/** Draws over `canvas`: colour = multiply * colour + add * alpha, faded to `strength`. */
export function over(canvas: Canvas, runs: Runs, multiply: Rgb, add: Rgb, strength: number): void {
  const { data } = canvas;
  const tables = multiply.map((m) => Uint8ClampedArray.from({ length: 256 }, (_, v) => v * m * strength));
  const [tr, tg, tb] = tables as [Uint8ClampedArray, Uint8ClampedArray, Uint8ClampedArray];
  const [ar, ag, ab] = add.map((v) => Math.round(v * strength)) as [number, number, number];
  for (let i = 0; i < runs.length; i += 3) {
    const start = runs[i]!;
    const end = start + runs[i + 1]!;
    const p = runs[i + 2]!;
    const alpha = p >>> 24;
    const r = tr[p & 255]! + div255(ar * alpha);
    const g = tg[(p >>> 8) & 255]! + div255(ag * alpha);
    const b = tb[(p >>> 16) & 255]! + div255(ab * alpha);
    const rest = 255 - Math.round(alpha * strength);
    if (rest === 0) {
      const pixel = Math.min(255, r) | (Math.min(255, g) << 8) | (Math.min(255, b) << 16) | 0xff000000;
      for (let o = start; o < end; o++) data[o] = pixel;
      continue;
    }
    for (let o = start; o < end; o++) {
      const q = data[o]!;
      const x = r + div255((q & 255) * rest);
      const y = g + div255(((q >>> 8) & 255) * rest);
      const z = b + div255(((q >>> 16) & 255) * rest);
      data[o] = Math.min(255, x) | (Math.min(255, y) << 8) | (Math.min(255, z) << 16) | 0xff000000;
    }
  }
}

/** Adds light without clipping: dst + src (1 - dst). */
export function screen(canvas: Canvas, runs: Runs, strength: number): void {
  const { data } = canvas;
  const k = Math.round(strength * 255);
  for (let i = 0; i < runs.length; i += 3) {
    const start = runs[i]!;
    const end = start + runs[i + 1]!;
    const p = runs[i + 2]!;
    const lr = div255((p & 255) * k);
    const lg = div255(((p >>> 8) & 255) * k);
    const lb = div255(((p >>> 16) & 255) * k);
    for (let o = start; o < end; o++) {
      const q = data[o]!;
      const r = q & 255;
      const g = (q >>> 8) & 255;
      const b = (q >>> 16) & 255;
      data[o] =
        (r + div255(lr * (255 - r))) |
        ((g + div255(lg * (255 - g))) << 8) |
        ((b + div255(lb * (255 - b))) << 16) |
        0xff000000;
    }
  }
}

/** Takes the sheet's alpha away from `open`, a mask of the canvas. */
export function cover(open: Uint8Array, runs: Runs): void {
  for (let i = 0; i < runs.length; i += 3) {
    const rest = 255 - (runs[i + 2]! >>> 24);
    const end = runs[i]! + runs[i + 1]!;
    for (let o = runs[i]!; o < end; o++) open[o] = rest === 0 ? 0 : div255(open[o]! * rest);
  }
}
