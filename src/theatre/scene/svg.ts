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

/** Snow on the ground: all of a hill, not quite opaque so that its drawing shows. */
export const snowCover = (d: string): string => path(d, '#f1f5fb', 0.9);

/** Lamp light: a soft disc. Gradients need unique names, hence `id`. */
export function halo(
  id: string,
  x: number,
  y: number,
  radius: number,
  colour = '#ffd08a',
  strength = 0.85,
): string {
  return `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${strength}"/><stop offset=".25" stop-color="${colour}" stop-opacity="${(strength * 0.42).toFixed(2)}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient><circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="url(#${id})"/>`;
}

/** Puddles between y0 and y1. */
export function puddles(r: Random, y0: number, y1: number): string {
  let out = '';
  for (let i = 0; i < 6; i++) {
    const y = r.uniform(y0, y1);
    const w = r.uniform(20, 52) * (0.6 + (y - y0) / (y1 - y0));
    const x = r.uniform(0, 600);
    out +=
      ellipse(x, y, w, w * 0.13, '#b9cbdc', 0.55) +
      ellipse(x - w * 0.2, y - 1, w * 0.5, w * 0.05, '#eaf2f8', 0.5);
  }
  return out;
}

/** Wave lines on water between y0 and y1, wider towards the front. */
export function waves(r: Random, y0: number, y1: number, colour: string): string {
  let out = '';
  for (let y = y0 + 4; y < y1; y += 5 + (y - y0) * 0.09) {
    for (let x = r.uniform(-30, 20); x < 620; x += r.uniform(50, 110)) {
      const w = r.uniform(14, 40);
      out += line(
        `M${n(x)} ${n(y)}q${n(w / 4)} -3 ${n(w / 2)} 0t${n(w / 2)} 0`,
        colour,
        1.2 + (y - y0) * 0.012,
        0.55,
      );
    }
  }
  return out;
}

/** Vertical fade from one colour to another over a rectangle. */
export function fade(
  id: string,
  x: number,
  y: number,
  w: number,
  h: number,
  top: string,
  bottom: string,
): string {
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient>${rect(x, y, w, h, `url(#${id})`)}`;
}

export { mix, shade };
