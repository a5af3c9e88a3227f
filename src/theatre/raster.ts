import sharp from 'sharp';
import type { Rgb } from './palette.ts';

/**
 * Cached pictures and the few pixel loops that compose frames from them. Pixels are premultiplied RGBA in one 32-bit
 * word (red in the low byte), so that two channels share one multiplication.
 */
export interface Sprite {
  readonly width: number;
  readonly height: number;
  /** Where the drawing's origin lies, in sprite pixels. */
  readonly originX: number;
  readonly originY: number;
  /** Sprite pixels per drawing unit. */
  readonly scale: number;
  readonly data: Uint32Array;
}

/** The rectangle of drawing units that a picture shows. */
export interface ViewBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Light on a sprite: each channel is `multiply * colour + add * alpha`. */
export interface Light {
  readonly multiply: Rgb;
  readonly add: Rgb;
}

export const plainLight: Light = { multiply: [1, 1, 1], add: [0, 0, 0] };

/** Draws SVG elements to premultiplied RGBA. The only place where vector graphics are rasterised. */
export async function rasterize(body: string, box: ViewBox, scale: number): Promise<Sprite> {
  const width = Math.round(box.width * scale);
  const height = Math.round(box.height * scale);
  const view = `${box.x} ${box.y} ${box.width} ${box.height}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${view}" preserveAspectRatio="none">${body}</svg>`;
  const raw = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer();
  const data = new Uint32Array(width * height);
  new Uint8Array(data.buffer).set(raw);
  for (let i = 0; i < data.length; i++) {
    const p = data[i]!;
    const a = p >>> 24;
    if (a === 255) continue;
    data[i] =
      a === 0
        ? 0
        : div255((p & 255) * a) |
          (div255(((p >>> 8) & 255) * a) << 8) |
          (div255(((p >>> 16) & 255) * a) << 16) |
          (a << 24);
  }
  return { width, height, originX: -box.x * scale, originY: -box.y * scale, scale, data };
}

/** x / 255 rounded, exact for 0 .. 65025. */
export function div255(x: number): number {
  const t = x + 128;
  return (t + (t >> 8)) >> 8;
}

/** The sprite cut to the pixels that are not empty; at least 1 x 1. */
export function trim(sprite: Sprite): Sprite {
  const { width, height, data } = sprite;
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && data[row + first] === 0) first++;
    if (first === width) continue;
    let last = width - 1;
    while (data[row + last] === 0) last--;
    if (first < x0) x0 = first;
    if (last >= x1) x1 = last + 1;
    if (y < y0) y0 = y;
    y1 = y + 1;
  }
  if (x1 === 0) [x0, y0, x1, y1] = [0, 0, 1, 1];
  const out = new Uint32Array((x1 - x0) * (y1 - y0));
  for (let y = y0; y < y1; y++) out.set(data.subarray(y * width + x0, y * width + x1), (y - y0) * (x1 - x0));
  return {
    ...sprite,
    width: x1 - x0,
    height: y1 - y0,
    originX: sprite.originX - x0,
    originY: sprite.originY - y0,
    data: out,
  };
}

/** A picture under composition: opaque, one 32-bit word a pixel. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint32Array;
}

/**
 * Where a sprite goes: the drawing's point (px, py) lands on the canvas point (x, y), `scale` canvas pixels per drawing
 * unit, turned by `angle` (radians, clockwise on the screen), mirrored where `flip` is set.
 */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly px?: number;
  readonly py?: number;
  readonly angle?: number;
  readonly flip?: boolean;
}

/** Draws `sprite` over `canvas`: bilinear, premultiplied, lit. */
export function blit(canvas: Canvas, sprite: Sprite, place: Placement, light: Light = plainLight): void {
  const k = place.scale / sprite.scale;
  const angle = place.angle ?? 0;
  const cos = Math.cos(angle) * k;
  const sin = Math.sin(angle) * k;
  const mirror = place.flip ? -1 : 1;
  const anchorX = sprite.originX + (place.px ?? 0) * sprite.scale;
  const anchorY = sprite.originY + (place.py ?? 0) * sprite.scale;
  const corner = (sx: number, sy: number): [number, number] => {
    const u = (sx - anchorX) * mirror;
    const v = sy - anchorY;
    return [place.x + u * cos - v * sin, place.y + u * sin + v * cos];
  };
  const corners = [
    corner(0, 0),
    corner(sprite.width, 0),
    corner(0, sprite.height),
    corner(sprite.width, sprite.height),
  ];
  const xs = corners.map((c) => c[0]);
  const ys = corners.map((c) => c[1]);
  const x0 = Math.max(0, Math.floor(Math.min(...xs)));
  const x1 = Math.min(canvas.width, Math.ceil(Math.max(...xs)));
  const y0 = Math.max(0, Math.floor(Math.min(...ys)));
  const y1 = Math.min(canvas.height, Math.ceil(Math.max(...ys)));
  const inv = 1 / (k * k);
  // inverse map: sprite = anchor + M^-1 (canvas - place), in 16.16 fixed point
  const ux = Math.round(cos * inv * mirror * 65536);
  const uy = Math.round(sin * inv * mirror * 65536);
  const vx = Math.round(-sin * inv * 65536);
  const vy = Math.round(cos * inv * 65536);
  const source = sprite.data;
  const target = canvas.data;
  const sw = sprite.width;
  const sh = sprite.height;
  const [mr, mg, mb] = light.multiply.map((v) => Math.round(v * 256)) as [number, number, number];
  const [ar, ag, ab] = light.add.map((v) => Math.round(v)) as [number, number, number];
  // flat art: most pixels repeat the colour of their neighbour
  let flat = 0;
  let flatResult = 0;
  const lit = mr !== 256 || mg !== 256 || mb !== 256 || ar !== 0 || ag !== 0 || ab !== 0;
  for (let y = y0; y < y1; y++) {
    const dx = x0 + 0.5 - place.x;
    const dy = y + 0.5 - place.y;
    let u = Math.round((anchorX - 0.5) * 65536 + dx * ux + dy * uy);
    let v = Math.round((anchorY - 0.5) * 65536 + dx * vx + dy * vy);
    for (let x = x0, o = y * canvas.width + x0; x < x1; x++, o++, u += ux, v += vx) {
      const sx = u >> 16;
      const sy = v >> 16;
      if (sx < -1 || sy < -1 || sx >= sw || sy >= sh) continue;
      const row = sy * sw + sx;
      const p00 = sx >= 0 && sy >= 0 ? source[row]! : 0;
      const p10 = sx + 1 < sw && sy >= 0 ? source[row + 1]! : 0;
      const p01 = sx >= 0 && sy + 1 < sh ? source[row + sw]! : 0;
      const p11 = sx + 1 < sw && sy + 1 < sh ? source[row + sw + 1]! : 0;
      if ((p00 | p10 | p01 | p11) === 0) continue;
      let rb = p00 & 0xff00ff;
      let ga = (p00 >>> 8) & 0xff00ff;
      const even = p00 === p10 && p00 === p01 && p00 === p11;
      if (even && p00 === flat) {
        target[o] = flatResult;
        continue;
      }
      if (!even) {
        const fx = (u >> 8) & 255;
        const fy = (v >> 8) & 255;
        const gx = 256 - fx;
        const gy = 256 - fy;
        const top = ((Math.imul(rb, gx) + Math.imul(p10 & 0xff00ff, fx)) >>> 8) & 0xff00ff;
        const low = ((Math.imul(p01 & 0xff00ff, gx) + Math.imul(p11 & 0xff00ff, fx)) >>> 8) & 0xff00ff;
        rb = ((Math.imul(top, gy) + Math.imul(low, fy)) >>> 8) & 0xff00ff;
        const topA = ((Math.imul(ga, gx) + Math.imul((p10 >>> 8) & 0xff00ff, fx)) >>> 8) & 0xff00ff;
        const lowA =
          ((Math.imul((p01 >>> 8) & 0xff00ff, gx) + Math.imul((p11 >>> 8) & 0xff00ff, fx)) >>> 8) & 0xff00ff;
        ga = ((Math.imul(topA, gy) + Math.imul(lowA, fy)) >>> 8) & 0xff00ff;
      }
      const a = ga >>> 16;
      if (lit) {
        let r = ((rb & 255) * mr + ar * a) >> 8;
        let g = ((ga & 255) * mg + ag * a) >> 8;
        let b = ((rb >>> 16) * mb + ab * a) >> 8;
        if (r > a) r = a;
        if (g > a) g = a;
        if (b > a) b = a;
        rb = r | (b << 16);
        ga = g | (a << 16);
      }
      if (a >= 254) {
        const result = rb | (ga << 8) | 0xff000000;
        target[o] = result;
        if (even) {
          flat = p00;
          flatResult = result;
        }
      } else {
        const q = target[o]!;
        const n = 256 - a - (a >> 7);
        const qrb = (Math.imul(q & 0xff00ff, n) >>> 8) & 0xff00ff;
        const qga = (Math.imul((q >>> 8) & 0xff00ff, n) >>> 8) & 0xff00ff;
        target[o] = (rb + qrb) | ((ga + qga) << 8) | 0xff000000;
      }
    }
  }
}

/** Fills `canvas` with the window (x, y, width) of an opaque picture; bilinear, repeated at the edges. */
export function fillFrom(canvas: Canvas, picture: Canvas, x: number, y: number, width: number): void {
  const step = width / canvas.width;
  const columns = samplePoints(canvas.width, picture.width, x, step);
  const rows = samplePoints(canvas.height, picture.height, y, step);
  const source = picture.data;
  const target = canvas.data;
  const pw = picture.width;
  for (let row = 0, o = 0; row < canvas.height; row++) {
    const v = rows[row]!;
    const base = (v >> 8) * pw;
    const fy = v & 255;
    const gy = 256 - fy;
    for (let col = 0; col < canvas.width; col++, o++) {
      const u = columns[col]!;
      const i = base + (u >> 8);
      const p00 = source[i]!;
      const p10 = source[i + 1]!;
      const p01 = source[i + pw]!;
      const p11 = source[i + pw + 1]!;
      if (p00 === p10 && p00 === p01 && p00 === p11) {
        target[o] = p00;
        continue;
      }
      const fx = u & 255;
      const gx = 256 - fx;
      const top = ((Math.imul(p00 & 0xff00ff, gx) + Math.imul(p10 & 0xff00ff, fx)) >>> 8) & 0xff00ff;
      const low = ((Math.imul(p01 & 0xff00ff, gx) + Math.imul(p11 & 0xff00ff, fx)) >>> 8) & 0xff00ff;
      const topG = Math.imul((p00 >>> 8) & 255, gx) + Math.imul((p10 >>> 8) & 255, fx);
      const lowG = Math.imul((p01 >>> 8) & 255, gx) + Math.imul((p11 >>> 8) & 255, fx);
      const rb = ((Math.imul(top, gy) + Math.imul(low, fy)) >>> 8) & 0xff00ff;
      const g = (Math.imul(topG, gy) + Math.imul(lowG, fy)) >>> 16;
      target[o] = rb | (g << 8) | 0xff000000;
    }
  }
}

/** Where `count` pixel centres lie along a line of `size` pixels, in 1/256 pixels, kept inside. */
function samplePoints(count: number, size: number, start: number, step: number): Int32Array {
  const last = (size - 1) * 256 - 1;
  return Int32Array.from({ length: count }, (_, i) =>
    Math.min(last, Math.max(0, Math.round((start - 0.5 + (i + 0.5) * step) * 256))),
  );
}

/** The canvas as RGB bytes, four pixels in three words at a time. */
export function toRgb(canvas: Canvas): Uint8Array {
  const out = new Uint8Array(canvas.width * canvas.height * 3);
  const source = canvas.data;
  const words = new Uint32Array(out.buffer, 0, Math.floor(source.length / 4) * 3);
  let i = 0;
  for (let j = 0; j < words.length; i += 4, j += 3) {
    const a = source[i]!;
    const b = source[i + 1]!;
    const c = source[i + 2]!;
    words[j] = (a & 0xffffff) | (b << 24);
    words[j + 1] = ((b >>> 8) & 0xffff) | (c << 16);
    words[j + 2] = ((c >>> 16) & 0xff) | (source[i + 3]! << 8);
  }
  for (; i < source.length; i++) {
    out[i * 3] = source[i]! & 255;
    out[i * 3 + 1] = (source[i]! >>> 8) & 255;
    out[i * 3 + 2] = (source[i]! >>> 16) & 255;
  }
  return out;
}
