/** Colours by the names that descriptions use. */

export type Rgb = readonly [number, number, number];

/** Clothes, hats and props. */
export const palette: Readonly<Record<string, string>> = {
  red: '#d94141',
  orange: '#f08a3c',
  yellow: '#f5d04f',
  green: '#4a9d5b',
  turquoise: '#35b3ab',
  blue: '#4a83dd',
  purple: '#8557bb',
  pink: '#f78fb8',
  white: '#f2f1ec',
  grey: '#8f9599',
  black: '#2c3036',
  brown: '#8b5a3a',
};

export const skins: Readonly<Record<string, string>> = {
  porcelain: '#ffdbb4',
  peach: '#edb98a',
  tan: '#d08b5b',
  bronze: '#ae5d29',
  umber: '#8d5836',
  espresso: '#6d4c3a',
};

export const hairColours: Readonly<Record<string, string>> = {
  black: '#2c1b18',
  brown: '#724133',
  auburn: '#a55728',
  blond: '#d9b46a',
  red: '#cc4412',
  grey: '#a9a6a4',
  white: '#eceae6',
  pink: '#f08d95',
  blue: '#4f78b0',
};

export const legColours: readonly string[] = [
  '#33405c',
  '#4b4a52',
  '#6b4f3a',
  '#5a6b57',
  '#7a3f4b',
  '#2f3136',
  '#3f6078',
];

/** '#rrggbb' as three bytes. */
export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  if (!/^#[0-9a-f]{6}$/i.test(hex))
    throw new RangeError(`rgb: expected a colour such as #4a83dd, got ${hex}`);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** `hex` moved towards black (amount < 0) or white (amount > 0). */
export function shade(hex: string, amount: number): string {
  const target = amount < 0 ? 0 : 255;
  const t = Math.abs(amount);
  return toHex(rgb(hex).map((v) => v + (target - v) * t));
}

/** `a` towards `b` by `t` in 0..1. */
export function mix(a: string, b: string, t: number): string {
  const q = rgb(b);
  return toHex(rgb(a).map((v, i) => v + ((q[i] as number) - v) * t));
}

function toHex(channels: readonly number[]): string {
  return `#${channels
    .map((v) =>
      Math.round(Math.min(255, Math.max(0, v)))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}
