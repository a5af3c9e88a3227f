import { rgb } from './palette.ts';
import type { Canvas } from './raster.ts';

/** A soft elliptic shadow on the ground. */
export function shadowAt(
  canvas: Canvas,
  x: number,
  y: number,
  rx: number,
  ry: number,
  strength: number,
): void {
  each(canvas, x, y, rx, ry, (p, t) => {
    const n = 256 - Math.round(strength * Math.min(1, t * 2) * 256);
    return (
      ((Math.imul(p & 0xff00ff, n) >>> 8) & 0xff00ff) |
      ((Math.imul((p >>> 8) & 255, n) >>> 8) << 8) |
      0xff000000
    );
  });
}

/** Light around a lamp in somebody's hand: added without clipping. */
export function glowAt(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  colour: string,
  strength: number,
): void {
  const [cr, cg, cb] = rgb(colour);
  each(canvas, x, y, radius, radius, (p, t) => {
    const k = strength * t * t;
    const r = p & 255;
    const g = (p >>> 8) & 255;
    const b = (p >>> 16) & 255;
    return (
      (r + Math.round(((255 - r) * cr * k) / 255)) |
      ((g + Math.round(((255 - g) * cg * k) / 255)) << 8) |
      ((b + Math.round(((255 - b) * cb * k) / 255)) << 16) |
      0xff000000
    );
  });
}

/** Calls `paint` with each pixel of an ellipse and its nearness to the centre, 0 at the rim to 1. */
function each(
  canvas: Canvas,
  x: number,
  y: number,
  rx: number,
  ry: number,
  paint: (pixel: number, t: number) => number,
): void {
  const y1 = Math.min(canvas.height - 1, Math.floor(y + ry));
  const x1 = Math.min(canvas.width - 1, Math.floor(x + rx));
  for (let py = Math.max(0, Math.ceil(y - ry)); py <= y1; py++) {
    const dy = (py - y) / ry;
    for (let px = Math.max(0, Math.ceil(x - rx)); px <= x1; px++) {
      const dx = (px - x) / rx;
      const d = dx * dx + dy * dy;
      if (d >= 1) continue;
      const i = py * canvas.width + px;
      canvas.data[i] = paint(canvas.data[i]!, 1 - Math.sqrt(d));
    }
  }
}
