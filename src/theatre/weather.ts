import { Random } from '../random/index.ts';
import type { Canvas } from './raster.ts';
import type { Backdrop } from './scene/backdrop.ts';
import type { Weather } from './types.ts';

interface Drop {
  readonly x: number;
  readonly y: number;
  readonly near: number;
  readonly phase: number;
}

/** Which part of the backdrop the canvas shows, in backdrop pixels. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/**
 * The drops or flakes of a weather, at the same places in every shot's first frame, like rain painted on a pane: which of
 * thousands of places it would be no script says, and no two tokens could. The first half falls behind people, the second
 * half before them.
 */
export function makeDrops(weather: Weather): readonly Drop[] {
  const r = Random.of(0, 'theatre', 'weather', weather);
  const count = weather === 'rain' ? 190 : weather === 'snow' ? 150 : 0;
  return Array.from({ length: count }, () => ({
    x: r.uniform(),
    y: r.uniform(),
    near: r.uniform(),
    phase: r.uniform(0, 6.283),
  }));
}

/** Draws falling rain or snow at `time` seconds. Indoors only where the backdrop is open. */
export function drawWeather(
  canvas: Canvas,
  drops: readonly Drop[],
  weather: Weather,
  time: number,
  front: boolean,
  backdrop: Backdrop,
  window: Window,
): void {
  const { width, height } = canvas;
  const k = height / 256;
  const indoor = backdrop.open !== null;
  if (indoor && front) return;
  const half = Math.floor(drops.length / 2);
  const [from, to] = indoor ? [0, drops.length] : front ? [half, drops.length] : [0, half];
  const dark = backdrop.ambience.stars > 0.5 || backdrop.ambience.people[0] < 0.75;
  const grey = dark ? 176 : 240;
  for (let i = from; i < to; i++) {
    const d = drops[i] as Drop;
    const speed = weather === 'rain' ? 420 + 260 * d.near : 34 + 46 * d.near;
    const span = height + 40 * k;
    const y = ((d.y * span + time * speed * k) % span) - 20 * k;
    if (weather === 'rain') {
      const length = Math.round((9 + 12 * d.near) * k);
      const x = (((d.x * width - (y - d.y * span) * 0.18) % width) + width) % width;
      for (let s = 0; s < length; s++)
        dot(canvas, x - s * 0.18, y + s, grey, (0.22 + 0.3 * d.near) * (s / length), backdrop, window);
    } else {
      const x = d.x * width + Math.sin(time * 1.3 + d.phase) * 9 * k;
      flake(canvas, x, y, (1 + 1.9 * d.near) * k, 0.95, backdrop, window);
    }
  }
}

function flake(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  strength: number,
  backdrop: Backdrop,
  window: Window,
): void {
  for (let py = Math.floor(y - radius); py <= y + radius + 1; py++) {
    for (let px = Math.floor(x - radius); px <= x + radius + 1; px++) {
      const a = radius + 0.5 - Math.sqrt((px - x) * (px - x) + (py - y) * (py - y));
      if (a > 0) dot(canvas, px, py, 250, strength * Math.min(1, a), backdrop, window);
    }
  }
}

function dot(
  canvas: Canvas,
  x: number,
  y: number,
  grey: number,
  alpha: number,
  backdrop: Backdrop,
  window: Window,
): void {
  const px = Math.round(x);
  const py = Math.round(y);
  if (px < 0 || py < 0 || px >= canvas.width || py >= canvas.height) return;
  let a = Math.round(alpha * 256);
  if (backdrop.open) {
    const step = window.width / canvas.width;
    const wx = Math.round(window.x + px * step);
    const wy = Math.round(window.y + py * step);
    if (wx < 0 || wy < 0 || wx >= backdrop.width || wy >= backdrop.height) return;
    a = (a * backdrop.open[wy * backdrop.width + wx]!) >> 8;
    if (a === 0) return;
  }
  const i = py * canvas.width + px;
  const p = canvas.data[i]!;
  const n = 256 - a;
  const r = ((p & 255) * n + grey * a) >> 8;
  const g = (((p >>> 8) & 255) * n + grey * a) >> 8;
  const b = (((p >>> 16) & 255) * n + Math.min(255, grey + 6) * a) >> 8;
  canvas.data[i] = r | (g << 8) | (b << 16) | 0xff000000;
}
