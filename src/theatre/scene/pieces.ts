import type { Random } from '../../random/index.ts';
import { circle, ellipse, n, path, poly, rect, shade } from './svg.ts';
/** Things that several places share: trees, houses, books, plants, clouds. */

/** A pine with snow caps as a second drawing. */
export function pine(
  x: number,
  base: number,
  h: number,
  colour: string,
  trunk: string,
): { svg: string; snow: string } {
  const w = h * 0.42;
  let svg = rect(x - h * 0.04, base - h * 0.16, h * 0.08, h * 0.17, trunk);
  let snow = '';
  for (let i = 0; i < 3; i++) {
    const bottom = base - h * (0.12 + 0.26 * i);
    const half = (w / 2) * (1 - 0.22 * i);
    const tip = bottom - h * (0.44 - 0.03 * i);
    svg += poly(
      [
        [x, tip],
        [x + half, bottom],
        [x - half, bottom],
      ],
      shade(colour, -0.09 + 0.07 * i),
    );
    svg += poly(
      [
        [x, tip],
        [x + half, bottom],
        [x + half * 0.15, bottom],
      ],
      '#000',
      0.08,
    );
    snow += path(
      `M${n(x)} ${n(tip)}L${n(x + half * 0.56)} ${n(tip + (bottom - tip) * 0.56)}q${n(-half * 0.2)} ${n(h * 0.05)} ${n(-half * 0.38)} 0q${n(-half * 0.2)} ${n(h * 0.05)} ${n(-half * 0.38)} 0q${n(-half * 0.2)} ${n(h * 0.05)} ${n(-half * 0.36)} 0Z`,
      '#f7fbff',
      0.95,
    );
  }
  return { svg, snow };
}

/** A round-crowned tree. */
export function tree(
  r: Random,
  x: number,
  base: number,
  h: number,
  colour: string,
  trunk: string,
): { svg: string; snow: string } {
  const top = base - h * 0.66;
  let svg = path(
    `M${n(x - h * 0.05)} ${n(base)}L${n(x - h * 0.03)} ${n(top)}H${n(x + h * 0.03)}L${n(x + h * 0.05)} ${n(base)}Z`,
    trunk,
  );
  let snow = '';
  const blobs: [number, number, number][] = [
    [0, -0.1, 0.3],
    [-0.2, 0.05, 0.22],
    [0.2, 0.04, 0.22],
    [0.02, 0.1, 0.25],
  ];
  for (const [dx, dy, k] of blobs)
    svg += circle(x + dx * h, top + dy * h, k * h, shade(colour, -0.06 + r.uniform(-0.04, 0.02)));
  for (const [dx, dy, k] of blobs) {
    svg += circle(x + (dx - 0.06) * h, top + (dy - 0.06) * h, k * h * 0.66, shade(colour, 0.1), 0.7);
    snow += ellipse(x + dx * h, top + (dy - k * 0.72) * h, k * h * 0.72, k * h * 0.34, '#f7fbff', 0.95);
  }
  return { svg, snow };
}

/** A house front with roof; its windows shine at night. */
export function house(
  r: Random,
  x: number,
  base: number,
  w: number,
  h: number,
  wall: string,
  roof: string,
): { svg: string; snow: string; glow: string } {
  const rh = w * 0.42;
  const y = base - h;
  let svg = rect(x, y, w, h, wall) + rect(x + w * 0.72, y, w * 0.28, h, shade(wall, -0.08));
  svg += poly(
    [
      [x - 8, y + 4],
      [x + w / 2, y - rh],
      [x + w + 8, y + 4],
    ],
    roof,
  );
  svg += poly(
    [
      [x + w / 2, y - rh],
      [x + w + 8, y + 4],
      [x + w * 0.62, y + 4],
    ],
    '#000',
    0.12,
  );
  svg += rect(x + w * 0.68, y - rh * 0.85, w * 0.11, rh * 0.5, shade(roof, -0.25));
  const door = x + w * (r.chance(0.5) ? 0.14 : 0.6);
  svg +=
    rect(door, base - h * 0.5, w * 0.22, h * 0.5, shade(roof, -0.35), 3) +
    circle(door + w * 0.18, base - h * 0.24, 1.8, '#f2d27a');
  const wx = door < x + w / 2 ? x + w * 0.52 : x + w * 0.12;
  svg +=
    rect(wx - 3, base - h * 0.72, w * 0.3 + 6, h * 0.36, '#f6efe2') +
    rect(wx, base - h * 0.69, w * 0.3, h * 0.3, '#7fa2b8');
  svg += rect(wx + w * 0.14, base - h * 0.69, 2, h * 0.3, '#f6efe2');
  svg +=
    circle(x + w / 2, y - rh * 0.28, w * 0.08, '#f6efe2') +
    circle(x + w / 2, y - rh * 0.28, w * 0.06, '#7fa2b8');
  const glow =
    rect(wx, base - h * 0.69, w * 0.3, h * 0.3, '#ffcf70') +
    circle(x + w / 2, y - rh * 0.28, w * 0.06, '#ffcf70');
  const snow = path(
    `M${n(x - 10)} ${n(y + 6)}L${n(x + w / 2)} ${n(y - rh - 5)}L${n(x + w + 10)} ${n(y + 6)}L${n(x + w - 4)} ${n(y + 3)}L${n(x + w / 2)} ${n(y - rh + 11)}L${n(x + 4)} ${n(y + 3)}Z`,
    '#f7fbff',
    0.96,
  );
  return { svg, snow, glow };
}

/** Rows of books in a shelf. */
export function books(r: Random, x: number, y: number, w: number, h: number): string {
  const colours = ['#a8433a', '#c98a3a', '#4d7f58', '#3f5f8f', '#7a4f86', '#d8c48f', '#2f6f73', '#8a5a3a'];
  let out = '';
  let at = x;
  while (at < x + w - 4) {
    const bw = r.uniform(5, 11);
    const bh = h * r.uniform(0.68, 0.96);
    if (at + bw > x + w) break;
    if (r.chance(0.94)) {
      const c = r.pick(colours);
      out += rect(at, y + h - bh, bw, bh, c) + rect(at, y + h - bh * 0.8, bw, 2, shade(c, 0.45));
    }
    at += bw + 0.6;
  }
  return out;
}

export function potPlant(x: number, base: number, s: number, leaf: string, pot: string): string {
  let out = '';
  for (const a of [-62, -34, -8, 18, 44, 68]) {
    out += `<ellipse cx="0" cy="${n(-s * 0.62)}" rx="${n(s * 0.13)}" ry="${n(s * 0.45)}" fill="${a % 4 ? leaf : shade(leaf, -0.14)}" transform="translate(${n(x)} ${n(base - s * 0.42)}) rotate(${a})"/>`;
  }
  return `${out}${path(`M${n(x - s * 0.28)} ${n(base - s * 0.5)}h${n(s * 0.56)}l${n(-s * 0.08)} ${n(s * 0.5)}h${n(-s * 0.4)}Z`, pot)}${rect(x - s * 0.32, base - s * 0.54, s * 0.64, s * 0.1, shade(pot, 0.12), 2)}`;
}

/** A rounded cloud bank. */
export function cloud(r: Random, x: number, y: number, w: number): string {
  let out = '';
  const parts = 4 + r.int(3);
  for (let i = 0; i < parts; i++) {
    const t = i / (parts - 1);
    const radius = w * (0.12 + 0.13 * Math.sin(Math.PI * t)) * r.uniform(0.85, 1.15);
    out += circle(x - w / 2 + t * w, y - radius * 0.4, radius, '#ffffff');
  }
  return (
    out +
    rect(x - w * 0.56, y - w * 0.06, w * 1.12, w * 0.13, '#ffffff', w * 0.06) +
    ellipse(x, y + w * 0.04, w * 0.46, w * 0.05, '#c9d6e4', 0.6)
  );
}
