import type { Trajectory } from '../diffusion/index.ts';
import { i64, type TensorData } from '../graph/index.ts';
import type { ConditionedFrame } from '../models/rendererContext/index.ts';
import type { Random } from '../random/index.ts';

/** Whose tokens the pictures of a batch read in the U-Net's self-attention, beside their own. */
export interface SharedAttention {
  /**
   * For each picture of the batch, given ones first: the places of the others that it reads. Those that read somebody all read
   * equally many.
   */
  readonly sees: readonly (readonly number[])[];
  /** The share of the others' tokens that a picture reads, drawn anew for each picture and step: 0 to 1. */
  readonly rate: number;
  /** Draws them. */
  readonly random: Random;
}

/** Pictures that are in the batch for their tokens alone. */
export interface GivenPictures {
  /** What they were painted from, and the streams of their noise. */
  readonly frames: readonly (ConditionedFrame & { readonly random: Random })[];
  /** What they look like: standardised latents [n, c, h, w]. At each step they have the noise of that step. */
  readonly latents: Float32Array;
}

/**
 * How many rows each picture reads at a level of `tokens` tokens a picture.
 * @throws RangeError where that is not the same for all
 */
export function rowCount({ sees, rate }: Pick<SharedAttention, 'sees' | 'rate'>, tokens: number): number {
  const others = [...new Set(sees.map(({ length }) => length).filter((length) => length > 0))];
  const drawn = Math.round(rate * (others[0] ?? 0) * tokens);
  const isEven = others.length <= 1 && (drawn % tokens === 0 || sees.every(({ length }) => length > 0));
  if (isEven && rate >= 0 && rate <= 1) return tokens + drawn;
  throw new RangeError(
    `SharedAttention: expected equally many rows for each picture, got a share of ${rate} of ${sees.map(({ length }) => length).join(', ')} ` +
      'others; where some see nobody the share must be 1',
  );
}

/**
 * The rows that each picture reads at a level, for `attendToRows`: its own, then those that are drawn from the others'. A
 * picture that sees nobody reads its own as often as it takes, which is the same as once.
 * @returns int64 [pictures, rowCount]
 */
export function drawRows(sharing: SharedAttention, tokens: number): TensorData {
  const { sees, random } = sharing;
  const count = rowCount(sharing, tokens);
  const own = (picture: number): number[] => Array.from({ length: tokens }, (_, j) => picture * tokens + j);
  const rows = sees.flatMap((others, picture) => {
    if (others.length === 0) return Array.from({ length: count / tokens }, () => own(picture)).flat();
    const all = others.flatMap(own);
    const drawn = count - tokens < all.length ? random.shuffle(all).slice(0, count - tokens) : all;
    return [...own(picture), ...drawn];
  });
  return i64(rows, [sees.length, count]);
}

/** Name of the U-Net's input of rows. */
export const rowsName = (tokens: number): string => `rows_of_${tokens}`;

/** Rows of all levels, drawn from the finest to the coarsest. */
export function rowFeeds(
  attention: SharedAttention,
  levels: ReadonlySet<number>,
): Record<string, TensorData> {
  const sorted = [...levels].sort((a, b) => b - a);
  return Object.fromEntries(sorted.map((tokens) => [rowsName(tokens), drawRows(attention, tokens)]));
}

/** Puts given pictures, with the noise of a step, before what the U-Net sees at that step. */
export function besideGiven(
  given: GivenPictures | undefined,
  walk: Trajectory,
  size: number,
): (x: Float32Array, index: number) => Float32Array {
  if (!given) return (x) => x;
  const noise = new Float32Array(given.latents.length);
  given.frames.forEach(({ random }, i) => {
    noise.set(random.normals(size), i * size);
  });
  return (x, index) => {
    const noisy = walk.scaleModelInput(walk.addNoise(given.latents, noise, index), index);
    const all = new Float32Array(noisy.length + x.length);
    all.set(noisy);
    all.set(x, noisy.length);
    return all;
  };
}
