import { compile, f32, input, matmul } from '../../graph/index.ts';
import type { ImageEncoder } from '../../inference/index.ts';
import { Random } from '../../random/index.ts';
import type { WorkerHost } from '../../runtime/index.ts';
import { type Character, generateEpisode } from '../../theatre/index.ts';
import { type FaceBox, lookAtFace } from './looks.ts';
import { answersOf, type CropName, crops, type Question, questions, questionsOf } from './questions.ts';
import { stageFor } from './sets.ts';
import { solveSymmetric } from './solve.ts';

/** A linear reading of patch features: score of answer a = offsets[a] + weights[a] . features. */
export interface Readout {
  /** [answers, features], row by row. */
  readonly weights: Float32Array;
  readonly offsets: Float32Array;
}
export type Readouts = Readonly<Record<Question, Readout>>;

export interface ReadoutOptions {
  /** Drawn faces to learn from. Default 1800. */
  readonly faces?: number;
  /** Told as faces are drawn. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Weight of the squared length of the weights; of 0.01, 0.03, 0.1 and 0.3 the best on validation episodes. */
const RIDGE = 0.03;
/** How far a found box may lie beside the drawn one, in heights of the face, and how much its size may differ. */
const jitter = { shift: 0.05, scale: 0.05 } as const;
const SHOTS = 16;

/**
 * Learns to read people from CLIP's patch features, in closed form (ridge regression on one-hot answers, in its dual
 * form), from drawn frames of the training split: a text tower alone cannot tell expressions apart (docs/footage-captions.md).
 * The same encoder gives the same readouts.
 */
export async function learnReadouts(
  host: WorkerHost,
  encoder: ImageEncoder,
  { faces: total = 1800, onProgress, signal }: ReadoutOptions = {},
): Promise<Readouts> {
  const features: Record<CropName, Float32Array[]> = { face: [], head: [], hands: [] };
  const truth: ReturnType<typeof answersOf>[] = [];
  const stage = await stageFor(encoder);
  for (let index = 0; truth.length < total; index++) {
    const episode = generateEpisode(0, index, 'train', { shots: SHOTS });
    for (const [i, shot] of episode.shots.entries()) {
      if (truth.length >= total) break;
      signal?.throwIfAborted();
      const frame = await stage.drawKeyframe(episode, i);
      for (const { character, box } of frame.faces) {
        const { identity } = episode.characters.find(({ id }) => id === character) as Character;
        const actor = shot.characters.find(({ id }) => id === character) as (typeof shot.characters)[number];
        const random = Random.of(0, 'captions', 'jitter', index, i, character);
        const looks = await lookAtFace(encoder, frame, jittered(box, random));
        for (const name of crops) features[name].push(looks[name]);
        truth.push(answersOf(identity, actor));
      }
      onProgress?.(Math.min(truth.length, total), total);
    }
  }
  const all: Partial<Record<Question, Readout>> = {};
  for (const name of crops) {
    Object.assign(all, await solve(host, features[name], truth, questionsOf(name)));
    features[name] = []; // a hundred megabytes each
  }
  return all as Readouts;
}

function jittered([x0, y0, x1, y1]: FaceBox, random: Random): FaceBox {
  const [width, height] = [x1 - x0, y1 - y0];
  const scale = 1 + random.uniform(-jitter.scale, jitter.scale);
  const x = (x0 + x1) / 2 + random.uniform(-jitter.shift, jitter.shift) * height;
  const y = (y0 + y1) / 2 + random.uniform(-jitter.shift, jitter.shift) * height;
  return [
    x - (scale * width) / 2,
    y - (scale * height) / 2,
    x + (scale * width) / 2,
    y + (scale * height) / 2,
  ];
}

/** Readouts of all questions of one crop. What is not to be seen of somebody pulls no answer up or down. */
async function solve(
  host: WorkerHost,
  rows: readonly Float32Array[],
  truth: readonly Readonly<Record<Question, string | null>>[],
  names: readonly Question[],
): Promise<Partial<Record<Question, Readout>>> {
  const [n, d] = [rows.length, (rows[0] as Float32Array).length];
  const { mean, scale } = statistics(rows);
  const x = new Float32Array(n * d);
  for (const [i, row] of rows.entries())
    for (let j = 0; j < d; j++)
      x[i * d + j] = ((row[j] as number) - (mean[j] as number)) / (scale[j] as number);
  const k = Float64Array.from(await product(host, x, x, n, d, n, true), (v) => v / d);
  const columns = names.flatMap((name) => questions[name].answers.map((answer) => ({ name, answer })));
  const c = columns.length;
  const y = new Float64Array(n * c);
  const base = columns.map(({ name, answer }, q) => {
    const seen = truth.filter((own) => own[name] !== null);
    const share = seen.filter((own) => own[name] === answer).length / Math.max(1, seen.length);
    for (const [i, own] of truth.entries())
      if (own[name] !== null) y[i * c + q] = (own[name] === answer ? 1 : 0) - share;
    return share;
  });
  solveSymmetric(k, y, n, c, RIDGE);
  const transposed = new Float32Array(c * n);
  for (let i = 0; i < n; i++)
    for (let q = 0; q < c; q++) transposed[q * n + i] = (y[i * c + q] as number) / d;
  const w = await product(host, transposed, x, c, n, d, false); // [c, d]
  const found: Partial<Record<Question, Readout>> = {};
  let q = 0;
  for (const name of names) {
    const count = questions[name].answers.length;
    const weights = w.slice(q * d, (q + count) * d);
    const offsets = new Float32Array(count);
    for (let a = 0; a < count; a++) {
      let offset = base[q + a] as number;
      for (let j = 0; j < d; j++) {
        weights[a * d + j]! /= scale[j] as number;
        offset -= (weights[a * d + j] as number) * (mean[j] as number);
      }
      offsets[a] = offset;
    }
    found[name] = { weights, offsets };
    q += count;
  }
  return found;
}

/** a [rows, inner] times b: [cols, inner] transposed, or [inner, cols]. */
async function product(
  host: WorkerHost,
  a: Float32Array,
  b: Float32Array,
  rows: number,
  inner: number,
  cols: number,
  transB: boolean,
): Promise<Float32Array> {
  const [left, right] = [[rows, inner], transB ? [cols, inner] : [inner, cols]] as const;
  const out = matmul(input('a', left), input('b', right), { transB });
  const session = await host.load(compile({ out }), { spinning: false });
  try {
    const result = await session.run({ a: f32(a, left), b: f32(b, right) });
    return result.out?.data as Float32Array;
  } finally {
    await session.release();
  }
}

function statistics(rows: readonly Float32Array[]): { mean: Float64Array; scale: Float64Array } {
  const d = (rows[0] as Float32Array).length;
  const [mean, scale] = [new Float64Array(d), new Float64Array(d)];
  for (const row of rows) for (let j = 0; j < d; j++) mean[j]! += (row[j] as number) / rows.length;
  for (const row of rows)
    for (let j = 0; j < d; j++) scale[j]! += ((row[j] as number) - (mean[j] as number)) ** 2 / rows.length;
  return { mean, scale: scale.map((v) => Math.sqrt(v) + 1e-3) };
}

/** How sharply scores become probabilities: of 4, 8 and 12 the best on validation episodes. */
const SHARPNESS = 8;

/** What a readout says of one crop's features: a probability for each answer, in the order of the question's. */
export function read({ weights, offsets }: Readout, features: Float32Array): number[] {
  const scores = Array.from(offsets, (offset, a) => {
    let score = offset;
    for (let j = 0; j < features.length; j++)
      score += (weights[a * features.length + j] as number) * (features[j] as number);
    return score;
  });
  const most = Math.max(...scores);
  const parts = scores.map((score) => Math.exp(SHARPNESS * (score - most)));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}
