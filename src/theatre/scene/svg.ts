import type { Random } from '../../random/index.ts';
import { mix, shade } from '../palette.ts';

/** The drawn world in units: wider and higher than a frame, so that a camera can move in it. */
export const worldWidth = 600;
export const worldHeight = 344;

/** One sheet of the scenery. All strings are SVG elements in world units. */
export interface Layer {
  /** 0 near .. 1 far: how much fog lies before it. */
  readonly depth: number;
  readonly svg: string;
  /** Drawn over `svg` when snow lies. */
  readonly snow?: string;
  /** Drawn over `svg` when it rains: puddles. */
  readonly wet?: string;
  /** Light of its own: windows, lamps, fires. Added when it is dark. */
  readonly glow?: string;
  /** Daylight that falls in. Added when the sun is there. */
  readonly beam?: string;
}

export interface Scenery {
  /** From back to front. The sky lies behind all of them and shows where they are transparent. */
  readonly layers: readonly Layer[];
  /** Under a roof: weather stays behind the windows. */
  readonly indoor: boolean;
}

export const rect = (x: number, y: number, w: number, h: number, fill: string, rx = 0): string =>
  `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="${fill}"${rx ? ` rx="${rx}"` : ''}/>`;
export const circle = (x: number, y: number, r: number, fill: string, opacity = 1): string =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"${opacity < 1 ? ` fill-opacity="${n(opacity)}"` : ''}/>`;
export const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, opacity = 1): string =>
  `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}"${opacity < 1 ? ` fill-opacity="${n(opacity)}"` : ''}/>`;
export const path = (d: string, fill: string, opacity = 1): string =>
  `<path d="${d}" fill="${fill}"${opacity < 1 ? ` fill-opacity="${n(opacity)}"` : ''}/>`;
export const line = (d: string, stroke: string, width: number, opacity = 1): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${n(width)}" stroke-linecap="round"${opacity < 1 ? ` stroke-opacity="${n(opacity)}"` : ''}/>`;
export const poly = (points: readonly (readonly [number, number])[], fill: string, opacity = 1): string =>
  path(`M${points.map(([x, y]) => `${n(x)} ${n(y)}`).join('L')}Z`, fill, opacity);

/** Numbers short enough to keep the SVG small. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A wall from (0, 0) to the world's edge with holes: [x, y, width, height, arch radius]. */
export function wallWithHoles(fill: string, bottom: number, holes: readonly Hole[]): string {
  const outlines = holes.map((h) =>
    h.arch
      ? `M${n(h.x)} ${n(h.y + h.h)}V${n(h.y + h.w / 2)}a${n(h.w / 2)} ${n(h.w / 2)} 0 0 1 ${n(h.w)} 0V${n(h.y + h.h)}Z`
      : `M${n(h.x)} ${n(h.y)}h${n(h.w)}v${n(h.h)}h${n(-h.w)}Z`,
  );
  return `<path fill-rule="evenodd" d="M0 0H600V${n(bottom)}H0Z${outlines.join('')}" fill="${fill}"/>`;
}

export interface Hole {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly arch?: boolean;
}

/** Frame, cross bars and sill of a window. */
export function windowFrame(h: Hole, colour: string, bars = true): string {
  const dark = shade(colour, -0.2);
  const top = h.arch
    ? `<path d="M${n(h.x)} ${n(h.y + h.h)}V${n(h.y + h.w / 2)}a${n(h.w / 2)} ${n(h.w / 2)} 0 0 1 ${n(h.w)} 0V${n(h.y + h.h)}Z" fill="none" stroke="${colour}" stroke-width="6"/>`
    : `<rect x="${n(h.x)}" y="${n(h.y)}" width="${n(h.w)}" height="${n(h.h)}" fill="none" stroke="${colour}" stroke-width="6"/>`;
  const cross = bars
    ? rect(h.x + h.w / 2 - 2, h.y, 4, h.h, colour) + rect(h.x, h.y + h.h * 0.5 - 2, h.w, 4, colour)
    : '';
  return `${cross}${top}${rect(h.x - 7, h.y + h.h, h.w + 14, 6, dark, 2)}${rect(h.x - 7, h.y + h.h - 2, h.w + 14, 5, colour, 2)}`;
}

/** A soft hill line across the world. */
export function hillPath(r: Random, y: number, amplitude: number): string {
  const step = 100;
  let d = `M-20 344V${n(y + r.uniform(-1, 1) * amplitude)}`;
  for (let x = -20; x < 620; x += step) {
    const y1 = y + r.uniform(-1, 1) * amplitude;
    const y2 = y + r.uniform(-1, 1) * amplitude;
    d += `C${n(x + step / 3)} ${n(y1)} ${n(x + (2 * step) / 3)} ${n(y1)} ${n(x + step)} ${n((y1 + y2) / 2)}`;
  }
  return `${d}V344Z`;
}

/** A pine with snow caps as a second drawing. */
export function pine(x: number, base: number, h: number, colour: string, trunk: string): { svg: string; snow: string } {
  const w = h * 0.42;
  let svg = rect(x - h * 0.04, base - h * 0.16, h * 0.08, h * 0.17, trunk);
  let snow = '';
  for (let i = 0; i < 3; i++) {
    const bottom = base - h * (0.12 + 0.26 * i);
    const half = (w / 2) * (1 - 0.22 * i);
    const tip = bottom - h * (0.44 - 0.03 * i);
    svg += poly([[x, tip], [x + half, bottom], [x - half, bottom]], shade(colour, -0.09 + 0.07 * i));
    svg += poly([[x, tip], [x + half, bottom], [x + half * 0.15, bottom]], '#000', 0.08);
    snow += path(
      `M${n(x)} ${n(tip)}L${n(x + half * 0.56)} ${n(tip + (bottom - tip) * 0.56)}q${n(-half * 0.2)} ${n(h * 0.05)} ${n(-half * 0.38)} 0q${n(-half * 0.2)} ${n(h * 0.05)} ${n(-half * 0.38)} 0q${n(-half * 0.2)} ${n(h * 0.05)} ${n(-half * 0.36)} 0Z`,
      '#f7fbff',
      0.95,
    );
  }
  return { svg, snow };
}

/** A round-crowned tree. */
export function tree(r: Random, x: number, base: number, h: number, colour: string, trunk: string): { svg: string; snow: string } {
  const top = base - h * 0.66;
  let svg = path(`M${n(x - h * 0.05)} ${n(base)}L${n(x - h * 0.03)} ${n(top)}H${n(x + h * 0.03)}L${n(x + h * 0.05)} ${n(base)}Z`, trunk);
  let snow = '';
  const blobs: [number, number, number][] = [[0, -0.1, 0.3], [-0.2, 0.05, 0.22], [0.2, 0.04, 0.22], [0.02, 0.1, 0.25]];
  for (const [dx, dy, k] of blobs) svg += circle(x + dx * h, top + dy * h, k * h, shade(colour, -0.06 + r.uniform(-0.04, 0.02)));
  for (const [dx, dy, k] of blobs) {
    svg += circle(x + (dx - 0.06) * h, top + (dy - 0.06) * h, k * h * 0.66, shade(colour, 0.1), 0.7);
    snow += ellipse(x + dx * h, top + (dy - k * 0.72) * h, k * h * 0.72, k * h * 0.34, '#f7fbff', 0.95);
  }
  return { svg, snow };
}

/** Snow on the ground: all of a hill, not quite opaque so that its drawing shows. */
export const snowCover = (d: string): string => path(d, '#f1f5fb', 0.9);

/** Lamp light: a soft disc. Gradients need unique names, hence `id`. */
export function halo(id: string, x: number, y: number, radius: number, colour = '#ffd08a', strength = 0.85): string {
  return `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${strength}"/><stop offset=".25" stop-color="${colour}" stop-opacity="${(strength * 0.42).toFixed(2)}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient><circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="url(#${id})"/>`;
}

/** Puddles between y0 and y1. */
export function puddles(r: Random, y0: number, y1: number): string {
  let out = '';
  for (let i = 0; i < 6; i++) {
    const y = r.uniform(y0, y1);
    const w = r.uniform(20, 52) * (0.6 + (y - y0) / (y1 - y0));
    const x = r.uniform(0, 600);
    out += ellipse(x, y, w, w * 0.13, '#b9cbdc', 0.55) + ellipse(x - w * 0.2, y - 1, w * 0.5, w * 0.05, '#eaf2f8', 0.5);
  }
  return out;
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
  svg += poly([[x - 8, y + 4], [x + w / 2, y - rh], [x + w + 8, y + 4]], roof);
  svg += poly([[x + w / 2, y - rh], [x + w + 8, y + 4], [x + w * 0.62, y + 4]], '#000', 0.12);
  svg += rect(x + w * 0.68, y - rh * 0.85, w * 0.11, rh * 0.5, shade(roof, -0.25));
  const door = x + w * (r.chance(0.5) ? 0.14 : 0.6);
  svg += rect(door, base - h * 0.5, w * 0.22, h * 0.5, shade(roof, -0.35), 3) + circle(door + w * 0.18, base - h * 0.24, 1.8, '#f2d27a');
  const wx = door < x + w / 2 ? x + w * 0.52 : x + w * 0.12;
  svg += rect(wx - 3, base - h * 0.72, w * 0.3 + 6, h * 0.36, '#f6efe2') + rect(wx, base - h * 0.69, w * 0.3, h * 0.3, '#7fa2b8');
  svg += rect(wx + w * 0.14, base - h * 0.69, 2, h * 0.3, '#f6efe2');
  svg += circle(x + w / 2, y - rh * 0.28, w * 0.08, '#f6efe2') + circle(x + w / 2, y - rh * 0.28, w * 0.06, '#7fa2b8');
  const glow = rect(wx, base - h * 0.69, w * 0.3, h * 0.3, '#ffcf70') + circle(x + w / 2, y - rh * 0.28, w * 0.06, '#ffcf70');
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
  return out + rect(x - w * 0.56, y - w * 0.06, w * 1.12, w * 0.13, '#ffffff', w * 0.06) + ellipse(x, y + w * 0.04, w * 0.46, w * 0.05, '#c9d6e4', 0.6);
}

/** Wave lines on water between y0 and y1, wider towards the front. */
export function waves(r: Random, y0: number, y1: number, colour: string): string {
  let out = '';
  for (let y = y0 + 4; y < y1; y += 5 + (y - y0) * 0.09) {
    for (let x = r.uniform(-30, 20); x < 620; x += r.uniform(50, 110)) {
      const w = r.uniform(14, 40);
      out += line(`M${n(x)} ${n(y)}q${n(w / 4)} -3 ${n(w / 2)} 0t${n(w / 2)} 0`, colour, 1.2 + (y - y0) * 0.012, 0.55);
    }
  }
  return out;
}

/** Vertical fade from one colour to another over a rectangle. */
export function fade(id: string, x: number, y: number, w: number, h: number, top: string, bottom: string): string {
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient>${rect(x, y, w, h, `url(#${id})`)}`;
}

export { mix, shade };
