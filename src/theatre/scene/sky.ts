import type { Random } from '../../random/index.ts';
import type { Rgb } from '../palette.ts';
import type { Canvas } from '../raster.ts';
import type { Ambience } from './light.ts';

/** Paints the sky: gradient, sun or moon with its halo, stars. `unit`: pixels per world unit. */
export function paintSky(canvas: Canvas, a: Ambience, random: Random, unit: number): void {
  const { width, height, data } = canvas;
  const horizon = 226 * unit;
  for (let y = 0; y < height; y++) {
    const t = Math.min(1, y / horizon);
    const [from, to, k] = t < 0.6 ? [a.sky[0], a.sky[1], t / 0.6] : [a.sky[1], a.sky[2], (t - 0.6) / 0.4];
    data.fill(
      pack(from[0] + (to[0] - from[0]) * k, from[1] + (to[1] - from[1]) * k, from[2] + (to[2] - from[2]) * k),
      y * width,
      (y + 1) * width,
    );
  }
  const starry = random;
  for (let i = 0; i < 110; i++) {
    const [x, y, s, b] = [
      starry.uniform(0, width),
      starry.uniform(0, horizon * 0.8),
      starry.uniform(0.7, 1.7) * unit,
      starry.uniform(0.4, 1),
    ];
    if (a.stars > 0) spot(canvas, x, y, s, [255, 250, 230], a.stars * b, s * 0.4);
  }
  const x = random.uniform(0.16, 0.84) * width;
  if (!a.disc) return;
  const y = a.disc.height * horizon;
  spot(canvas, x, y, a.disc.halo * unit, a.disc.colour, 0.5, 0);
  spot(canvas, x, y, a.disc.radius * unit, a.disc.colour, 1, a.disc.radius * unit - 1);
  if (a.stars === 1)
    for (const [dx, dy, r] of [
      [-6, -5, 4],
      [5, 3, 5],
      [-3, 8, 3],
    ] as const)
      spot(canvas, x + dx * unit, y + dy * unit, r * unit, [216, 210, 186], 0.8, r * unit - 1);
}

/** A disc: solid up to `core`, then falling off to nothing at `radius` (squared, so that halos are soft). */
export function spot(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  colour: Rgb,
  strength: number,
  core: number,
): void {
  const { width, height, data } = canvas;
  for (let py = Math.max(0, Math.floor(y - radius)); py < Math.min(height, y + radius + 1); py++) {
    for (let px = Math.max(0, Math.floor(x - radius)); px < Math.min(width, x + radius + 1); px++) {
      const d = Math.sqrt((px - x) * (px - x) + (py - y) * (py - y));
      if (d >= radius) continue;
      const t = d <= core ? 1 : (radius - d) / (radius - core);
      const k = strength * (core > 0 ? t : t * t);
      const i = py * width + px;
      const p = data[i]!;
      data[i] = pack(
        (p & 255) + (colour[0] - (p & 255)) * k,
        ((p >>> 8) & 255) + (colour[1] - ((p >>> 8) & 255)) * k,
        ((p >>> 16) & 255) + (colour[2] - ((p >>> 16) & 255)) * k,
      );
    }
  }
}

export function pack(r: number, g: number, b: number): number {
  return (Math.round(r) | (Math.round(g) << 8) | (Math.round(b) << 16) | 0xff000000) >>> 0;
}
