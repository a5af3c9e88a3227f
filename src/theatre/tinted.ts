import { type Rgb, rgb } from './palette.ts';
import { div255, rasterize, type Sprite, trim, type ViewBox } from './raster.ts';

/** In a tintable drawing, this fill stands for the colour that is chosen later. */
export const tint = '#c0ffee';

/**
 * A drawing whose one free colour is chosen after rasterising. Flat fills composed by "over" are linear in each fill
 * colour, so drawing once in black and once in white gives both terms of `pixel = fixed + share * colour` exactly, and
 * any number of people cost no further vector drawing.
 */
export interface Tinted {
  readonly fixed: Sprite;
  /** How much of the free colour each pixel holds, 0..255. */
  readonly share: Uint8Array;
}

/** Rasterises a drawing that uses `tint` as its free colour. */
export async function rasterizeTinted(body: string, box: ViewBox, scale: number): Promise<Tinted> {
  const [black, white] = await Promise.all([
    rasterize(body.replaceAll(tint, '#000000'), box, scale),
    rasterize(body.replaceAll(tint, '#ffffff'), box, scale),
  ]);
  const area = trim(white);
  const left = Math.round(black.originX - area.originX);
  const top = Math.round(black.originY - area.originY);
  const data = new Uint32Array(area.width * area.height);
  const share = new Uint8Array(area.width * area.height);
  for (let y = 0, i = 0; y < area.height; y++) {
    for (let x = 0; x < area.width; x++, i++) {
      const b = black.data[(y + top) * black.width + x + left]!;
      data[i] = b;
      share[i] = Math.max(0, ((area.data[i]! >>> 8) & 255) - ((b >>> 8) & 255));
    }
  }
  return { fixed: { ...area, data }, share };
}

/** The drawing in one colour. */
export function colourise(part: Tinted, colour: string | Rgb): Sprite {
  const { fixed, share } = part;
  const data = new Uint32Array(fixed.data.length);
  const c = typeof colour === 'string' ? rgb(colour) : colour;
  for (let i = 0; i < data.length; i++) data[i] = tintPixel(fixed.data[i]!, share[i]!, c);
  return { ...fixed, data };
}

function tintPixel(p: number, s: number, c: Rgb): number {
  if (s === 0) return p;
  const r = (p & 255) + div255(s * c[0]);
  const g = ((p >>> 8) & 255) + div255(s * c[1]);
  const b = ((p >>> 16) & 255) + div255(s * c[2]);
  return (Math.min(255, r) | (Math.min(255, g) << 8) | (Math.min(255, b) << 16) | (p & 0xff000000)) >>> 0;
}

/** Draws `part` in `colour` over a transparent sheet of the same scale, pixel on pixel. */
export function stamp(sheet: Sprite, part: Tinted, colour: string): void {
  const { fixed, share } = part;
  const c = rgb(colour);
  const left = Math.round(sheet.originX - fixed.originX);
  const top = Math.round(sheet.originY - fixed.originY);
  for (let y = 0; y < fixed.height; y++) {
    const ty = y + top;
    if (ty < 0 || ty >= sheet.height) continue;
    for (let x = 0; x < fixed.width; x++) {
      const tx = x + left;
      if (tx < 0 || tx >= sheet.width) continue;
      const i = y * fixed.width + x;
      const raw = fixed.data[i]!;
      if (raw === 0) continue;
      const p = tintPixel(raw, share[i]!, c);
      const a = p >>> 24;
      const o = ty * sheet.width + tx;
      if (a === 255) {
        sheet.data[o] = p;
        continue;
      }
      const q = sheet.data[o]!;
      const n = 256 - a - (a >> 7);
      const rb = (p & 0xff00ff) + ((Math.imul(q & 0xff00ff, n) >>> 8) & 0xff00ff);
      const ga = ((p >>> 8) & 0xff00ff) + ((Math.imul((q >>> 8) & 0xff00ff, n) >>> 8) & 0xff00ff);
      sheet.data[o] = rb | (ga << 8);
    }
  }
}
