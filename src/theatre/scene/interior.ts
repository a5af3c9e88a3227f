import type { Random } from '../../random/index.ts';
import {
  circle,
  type Hole,
  hillPath,
  type Layer,
  line,
  n,
  path,
  poly,
  rect,
  shade,
  snowCover,
} from './svg.ts';
/** What rooms are made of: a wall with windows, behind which the sky and the weather are. */

/** What one sees through the windows, below the sky. */
export function outside(r: Random): Layer {
  let houses = '';
  let glow = '';
  for (let x = -10; x < 600; x += 60) {
    const h = r.uniform(16, 44);
    houses += rect(x, 176 - h, r.uniform(36, 54), h + 60, '#8fa0a8');
    glow += rect(x + 10, 182 - h, 8, 8, '#ffcf70') + rect(x + 26, 186 - h, 8, 8, '#ffcf70');
  }
  return r.chance(0.5)
    ? { depth: 0.8, svg: path(hillPath(r, 150, 14), '#86a878'), snow: snowCover(hillPath(r, 150, 10)) }
    : { depth: 0.8, svg: houses, glow, snow: path(hillPath(r, 176, 3), '#f1f5fb', 0.8) };
}

/** Daylight from the windows onto the floor. */
export function beams(holes: readonly Hole[]): string {
  const fade = `<linearGradient id="beam" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#ffe7b0" stop-opacity=".55"/><stop offset="1" stop-color="#ffe7b0" stop-opacity=".06"/></linearGradient>`;
  return (
    fade +
    holes
      .map((h) =>
        poly(
          [
            [h.x, h.y],
            [h.x + h.w, h.y],
            [h.x + h.w + 120, 344],
            [h.x + 40, 344],
          ],
          'url(#beam)',
        ),
      )
      .join('')
  );
}

export function floorBoards(r: Random, y: number, wood: string): string {
  let out = rect(0, y, 600, 344 - y, wood) + rect(0, y - 9, 600, 10, shade(wood, -0.3));
  for (let i = -12; i <= 12; i++)
    out += line(`M${n(300 + i * 44)} ${y + 2}L${n(300 + i * 66)} 344`, shade(wood, -0.16), 1.8);
  for (let i = 0; i < 14; i++)
    out += line(
      `M${n(r.uniform(0, 560))} ${n(r.uniform(y + 12, 336))}h${n(r.uniform(10, 36))}`,
      shade(wood, -0.12),
      1.4,
    );
  return out;
}

export function picture(r: Random, x: number, y: number, w: number, h: number): string {
  const sky = r.pick(['#f3d9a5', '#a9cfe0', '#e8b9a0', '#c9d8b5']);
  return (
    rect(x - 5, y - 5, w + 10, h + 10, '#8a6238', 2) +
    rect(x, y, w, h, sky) +
    path(
      `M${n(x)} ${n(y + h)}V${n(y + h * 0.6)}L${n(x + w * 0.3)} ${n(y + h * 0.35)}L${n(x + w * 0.55)} ${n(y + h * 0.7)}L${n(x + w * 0.75)} ${n(y + h * 0.5)}L${n(x + w)} ${n(y + h * 0.75)}V${n(y + h)}Z`,
      r.pick(['#6f8f6b', '#7a6f9a', '#b5653f']),
    ) +
    circle(x + w * 0.72, y + h * 0.26, h * 0.12, '#fff6d8')
  );
}

/** Windows side by side that leave room for furniture. */
export function windows(r: Random, count: number, w: number, h: number, y: number, arch = false): Hole[] {
  const start = r.uniform(60, 540 - count * (w + 40));
  return Array.from({ length: count }, (_, i) => ({ x: start + i * (w + r.uniform(38, 44)), y, w, h, arch }));
}

/** A free stretch of wall for something `w` wide, away from the windows; falls back to the wider side. */
export function freeX(r: Random, holes: readonly Hole[], w: number, taken: [number, number][] = []): number {
  const blocked = [...holes.map((h): [number, number] => [h.x - 12, h.x + h.w + 12]), ...taken];
  for (let i = 0; i < 40; i++) {
    const x = r.uniform(4, 596 - w);
    if (blocked.every(([a, b]) => x + w < a || x > b)) {
      taken.push([x - 6, x + w + 6]);
      return x;
    }
  }
  const x = (holes[0]?.x ?? 0) > 300 ? 4 : 596 - w;
  taken.push([x, x + w]);
  return x;
}
