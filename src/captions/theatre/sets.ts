import type { ImageEncoder } from '../../inference/index.ts';
import type { Image } from '../../media/index.ts';
import {
  type Place,
  places,
  type Size,
  Stage,
  sizes,
  type Time,
  times,
  type Weather,
  weathers,
} from '../../theatre/index.ts';
import type { FaceBox } from './looks.ts';

/** A place at a time and in a weather, seen in one size. */
export interface DrawnSet {
  readonly place: Place;
  readonly time: Time;
  readonly weather: Weather;
  readonly size: Size;
}

/** All sets of the theatre without anybody in them, as CLIP sees them. */
export interface Sets {
  readonly sets: readonly DrawnSet[];
  /** Patch features less their mean over all sets, each patch of unit length: [sets, tokens * width]. */
  readonly features: Float32Array;
  /** Mean of a patch: [width]. */
  readonly mean: Float32Array;
  readonly tokens: number;
  readonly width: number;
}

const BATCH = 32;

/** A stage whose frames are not much larger than what the encoder sees: the theatre's own size, or a quarter of it. */
export const stageFor = ({ config }: ImageEncoder): Promise<Stage> =>
  config.imageSize > 32 ? Stage.create() : Stage.create({ width: 112, height: 64 });

/** Draws and encodes all sets: 16 places at 4 times in 4 weathers in 3 sizes, a few seconds. */
export async function encodeSets(encoder: ImageEncoder, signal?: AbortSignal): Promise<Sets> {
  const sets: DrawnSet[] = [];
  for (const place of places)
    for (const time of times)
      for (const weather of weathers) for (const size of sizes) sets.push({ place, time, weather, size });
  const stage = await stageFor(encoder);
  const { tokens, width } = encoder;
  const features = new Float32Array(sets.length * tokens * width);
  for (let from = 0; from < sets.length; from += BATCH) {
    signal?.throwIfAborted();
    const pictures: Image[] = [];
    for (const [i, set] of sets.slice(from, from + BATCH).entries())
      pictures.push(await drawSet(stage, set, from + i));
    features.set((await encoder.encode(pictures)).spatial, from * tokens * width);
  }
  const mean = new Float32Array(width);
  const count = sets.length * tokens;
  for (let i = 0; i < features.length; i++) mean[i % width]! += (features[i] as number) / count;
  return { sets, features: unitPatches(features, mean), mean, tokens, width };
}

/** The same place alone, with clouds of its own. */
async function drawSet(stage: Stage, set: DrawnSet, seed: number): Promise<Image> {
  const rest = { seed, characters: [], elements: [], plot: '', seconds: 2, pattern: '', scene: 0 };
  const episode = { title: '', seed: 0, index: 0, split: 'train', characters: [] } as const;
  return stage.drawKeyframe({ ...episode, shots: [{ ...set, ...rest }] }, 0);
}

function unitPatches(features: Float32Array, mean: Float32Array): Float32Array {
  const width = mean.length;
  const out = new Float32Array(features.length);
  for (let at = 0; at < features.length; at += width) {
    let sum = 1e-12;
    for (let j = 0; j < width; j++) sum += ((features[at + j] as number) - (mean[j] as number)) ** 2;
    const length = Math.sqrt(sum);
    for (let j = 0; j < width; j++)
      out[at + j] = ((features[at + j] as number) - (mean[j] as number)) / length;
  }
  return out;
}

/** What of a picture belongs to a person and not to the set, in widths and heights of the face. */
const body = { side: 0.35, above: 0.35, below: 3 } as const;

/**
 * How alike a picture is to each set: the mean cosine of the patches that show nobody, -1 .. 1.
 * @param spatial the picture's patch features, [tokens * width]
 * @param size the picture's, in which boxes are given
 */
export function likeness(
  { sets, features, mean, tokens, width }: Sets,
  spatial: Float32Array,
  faces: readonly FaceBox[],
  size: { readonly width: number; readonly height: number },
): Float32Array {
  const own = unitPatches(spatial, mean);
  const free = freePatches(Math.round(Math.sqrt(tokens)), faces, size);
  return Float32Array.from(sets, (_, s) => {
    let sum = 0;
    for (const patch of free) {
      const [a, b] = [patch * width, (s * tokens + patch) * width];
      for (let j = 0; j < width; j++) sum += (own[a + j] as number) * (features[b + j] as number);
    }
    return sum / free.length;
  });
}

/** Patches whose middle no person covers; all where people fill the picture. */
function freePatches(
  grid: number,
  faces: readonly FaceBox[],
  { width, height }: { readonly width: number; readonly height: number },
): number[] {
  const all = Array.from({ length: grid * grid }, (_, i) => i);
  const free = all.filter((i) => {
    const [x, y] = [(((i % grid) + 0.5) * width) / grid, ((Math.floor(i / grid) + 0.5) * height) / grid];
    return !faces.some(([x0, y0, x1, y1]) => {
      const [w, h] = [x1 - x0, y1 - y0];
      return (
        x > x0 - body.side * w &&
        x < x1 + body.side * w &&
        y > y0 - body.above * h &&
        y < y0 + h + body.below * h
      );
    });
  });
  return free.length > 0 ? free : all;
}
