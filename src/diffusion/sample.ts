import type { Random } from '../random/index.ts';
import type { Scheduler } from './scheduler.ts';

/** Predicts, from a scaled noisy input at a timestep, what the scheduler's `predictionType` says. */
export type Denoise = (input: Float32Array, timestep: number, index: number) => Promise<Float32Array>;

/** Options of `sample`. */
export interface SampleOptions {
  /** The scheduler of the walk. */
  readonly scheduler: Scheduler;
  /** Steps of the whole walk. */
  readonly steps: number;
  /** Standard normal numbers in the shape of the result. */
  readonly noise: Float32Array; // [batch, ...]
  /** The model: predicts from a sample and its timestep. */
  readonly denoise: Denoise;
  /** Draws the noise of stochastic steps; others need none. */
  readonly random?: Random;
  /** DDIM's share of fresh noise, 0 by default. */
  readonly eta?: number;
  /** Samples in `noise`, 1 by default. Only dynamic thresholding looks at it. */
  readonly batch?: number;
  /** Start from data instead of pure noise: skip `skip` steps and noise `original` to that level. */
  readonly from?: { readonly original: Float32Array; readonly skip: number };
  /** Stops the walk between two steps with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One finished step of a walk. */
export interface SampleStep {
  /** 1 .. total. */
  readonly step: number;
  /** Steps of the walk. */
  readonly total: number;
  /** Timestep of the step. */
  readonly timestep: number;
  /** x after this step; the result after the last. */
  readonly sample: Float32Array; // [batch, ...]
  /** The data as predicted at this step: a preview. */
  readonly denoised: Float32Array; // [batch, ...]
}

/** Walks from noise to data and yields every step, so that a caller can show, keep or break off. */
export async function* sample(options: SampleOptions): AsyncGenerator<SampleStep, void, void> {
  const { scheduler, steps, noise, denoise, random, from, signal, batch = 1 } = options;
  const walk = scheduler.trajectory(steps, options.eta === undefined ? {} : { eta: options.eta });
  const total = walk.timesteps.length;
  const first = from?.skip ?? 0;
  if (!(Number.isInteger(first) && first >= 0 && first < total)) {
    throw new RangeError(`sample: from.skip must be an integer from 0 to ${total - 1}, got ${first}`);
  }
  let x = from ? walk.addNoise(from.original, noise, first) : noise.map((e) => e * walk.initNoiseSigma);
  let history: readonly Float32Array[] = [];
  for (let index = first; index < total; index++) {
    signal?.throwIfAborted();
    const timestep = walk.timesteps[index]!;
    const output = await denoise(walk.scaleModelInput(x, index), timestep, index);
    const fresh = walk.drawsNoise(index) ? { noise: draw(random, x.length) } : {};
    const result = walk.step({ index, sample: x, history, batch, ...fresh }, output);
    x = result.prevSample;
    history = result.history;
    yield { step: index + 1, total, timestep, sample: x, denoised: result.predOriginal };
  }
}

function draw(random: Random | undefined, n: number): Float32Array {
  if (!random)
    throw new TypeError('sample: this walk is stochastic; give it `random`, a named Random stream');
  return random.normals(n);
}

/** The sample after the last step of a walk. */
export async function finalSample(walk: AsyncIterable<SampleStep>): Promise<Float32Array> {
  let last: Float32Array | undefined;
  for await (const step of walk) last = step.sample;
  if (!last) throw new RangeError('finalSample: the walk had no step');
  return last;
}
