import type { Image } from '../media/index.ts';

/*
 * Cuts by content, after PySceneDetect's ContentDetector and AdaptiveDetector (BSD-3, Castellano): the mean difference of hue,
 * saturation and value between two frames, and how far it stands out from the differences around it. Hues lie on a circle
 * here, and count as far as both pixels have a colour: the hue of grey is noise.
 */

export interface CutSettings {
  /** Least score of a cut, 0 .. 255. */
  readonly least: number;
  /** Least ratio of a cut's score to the mean of its neighbours'. */
  readonly ratio: number;
  /** Scores on each side that a score is compared with. */
  readonly window: number;
  /** Least seconds between two cuts. */
  readonly shortest: number;
}

export const cutSettings: CutSettings = { least: 4, ratio: 3, window: 2, shortest: 0.2 };

/** The picture's hue (0 .. 255 for a turn), saturation and value, [pixels, 3]. */
export function toHsv({ data }: Image, out: Uint8Array = new Uint8Array(data.length)): Uint8Array {
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i]!;
    const g = data[i + 1]!;
    const b = data[i + 2]!;
    const most = r > g ? (r > b ? r : b) : g > b ? g : b;
    const least = r < g ? (r < b ? r : b) : g < b ? g : b;
    const chroma = most - least;
    out[i + 2] = most;
    if (chroma === 0) {
      out[i] = out[i + 1] = 0;
      continue;
    }
    const sixth = most === r ? (g - b) / chroma : most === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    out[i] = ((sixth * 256) / 6) & 255;
    out[i + 1] = (255 * chroma) / most;
  }
  return out;
}

/** How much two frames differ, 0 .. 255: the mean over pixels and over hue, saturation and value. */
export function contentScore(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 3) {
    const s = a[i + 1]!;
    const t = b[i + 1]!;
    const v = a[i + 2]!;
    const w = b[i + 2]!;
    const turn = Math.abs(a[i]! - b[i]!);
    const hue = turn > 128 ? 256 - turn : turn;
    // a hue or saturation counts as far as there is light to see it by
    const light = v < w ? v : w;
    sum += ((hue * (s < t ? s : t)) / 255 + Math.abs(s - t)) * (light / 255) + Math.abs(v - w);
  }
  return sum / a.length;
}

interface Scored {
  readonly seconds: number;
  readonly score: number;
}

/** Finds cuts in frames that come one after the other; it holds a few numbers and one small frame. */
export class CutDetector {
  private readonly settings: CutSettings;
  private last: Uint8Array | undefined;
  private spare: Uint8Array | undefined;
  /** The scores around the one that is decided next. */
  private readonly near: Scored[] = [];
  private lastCut = 0;
  /** Times of the first frames behind cuts, in seconds. */
  readonly cuts: number[] = [];

  constructor(settings: CutSettings = cutSettings) {
    this.settings = settings;
  }

  /** The next frame, as a coarse grid of the same size each time. Returns its score; 0 for the first one. */
  add(grid: Image, seconds: number): number {
    const hsv = toHsv(grid, this.spare);
    const score = this.last ? contentScore(this.last, hsv) : 0;
    this.spare = this.last;
    this.last = hsv;
    this.push({ seconds, score });
    return score;
  }

  /** No frame follows. */
  finish(): void {
    for (let i = 0; i < this.settings.window; i++) this.push(undefined);
  }

  private push(next: Scored | undefined): void {
    const { window } = this.settings;
    this.near.push(next ?? { seconds: Number.NaN, score: Number.NaN });
    if (this.near.length > 2 * window + 1) this.near.shift();
    const middle = this.near[this.near.length - 1 - window];
    if (middle && !Number.isNaN(middle.score)) this.decide(middle);
  }

  private decide(middle: Scored): void {
    const { least, ratio, shortest } = this.settings;
    if (middle.score < least || middle.seconds - this.lastCut < shortest) return;
    const others = this.near.filter((other) => other !== middle && !Number.isNaN(other.score));
    const mean = others.reduce((sum, { score }) => sum + score, 0) / Math.max(1, others.length);
    if (middle.score < ratio * mean) return;
    this.cuts.push(middle.seconds);
    this.lastCut = middle.seconds;
  }
}
