import type { Checkpoint } from '../src/checkpoints/index.ts';
import { compile, f32, gather, i64, input, reshape, type TensorData } from '../src/graph/index.ts';
import {
  cacheTensor,
  currentName,
  currentOutputs,
  type LlamaConfig,
  type LlamaContextShape,
  llama,
  llamaCache,
  llamaCacheFeeds,
  llamaContext,
  llamaContextFeeds,
  pastName,
} from '../src/models/llama/index.ts';
import type { Resident, ScatterTarget, Session } from '../src/runtime/index.ts';
import { worker } from './execute.ts';
import { scopeOf } from './fixture.ts';

export interface DecodeOptions {
  /** Numbers of positions that are run one after another; together the whole sequence. */
  readonly chunks: readonly number[];
  /** Slots of the cache; by default as many as there are positions. */
  readonly capacity?: number;
  /** 1 real, 0 padding, [b, t]. */
  readonly mask?: ArrayLike<number>;
}

/**
 * The last hidden states [b, t, d] of `embeds` [b, t, d], computed chunk after chunk: keys and values stay in a cache
 * that lives in the worker, and every run adds the rows of its own positions.
 */
export async function decode(
  weights: Checkpoint,
  config: LlamaConfig,
  embeds: TensorData,
  { chunks, capacity = embeds.shape[1] as number, mask }: DecodeOptions,
): Promise<TensorData> {
  const [batch, t, d] = embeds.shape as [number, number, number];
  if (chunks.reduce((a, b) => a + b, 0) !== t)
    throw new RangeError(`decode: chunks [${chunks}] must add up to ${t}`);
  const host = await worker();
  const cache = await makeCache(config, [batch, config.kvHeads, capacity, config.headDim]);
  const sessions = new Map<number, Session>();
  const out = new Float32Array(batch * t * d);
  let filled = 0;
  for (const length of chunks) {
    const shape = { batch, length, capacity, padded: mask !== undefined };
    let session = sessions.get(length);
    if (!session) {
      session = await host.load(stepProgram(weights, config, shape));
      sessions.set(length, session);
    }
    const seen = mask && columns(mask, batch, t, 0, filled + length);
    const x = f32(rowsOf(embeds.data as Float32Array, batch, t * d, filled * d, length * d), [
      batch,
      length,
      d,
    ]);
    const feeds = { x, ...llamaContextFeeds(config, shape, seen ? { filled, mask: seen } : { filled }) };
    const scatter: Record<string, ScatterTarget> = {};
    for (const [output, { into }] of cache.targets) scatter[output] = { into, axis: 2, offset: filled };
    const { last } = (await session.run({ ...feeds, ...cache.feeds }, { scatter })) as { last: TensorData };
    const rows = last.data as Float32Array;
    for (let b = 0; b < batch; b++) {
      out.set(rows.subarray(b * length * d, (b + 1) * length * d), (b * t + filled) * d);
    }
    filled += length;
  }
  for (const session of sessions.values()) await session.release();
  for (const resident of Object.values(cache.feeds)) await host.drop(resident);
  return f32(out, [batch, t, d]);
}

function stepProgram(weights: Checkpoint, config: LlamaConfig, shape: LlamaContextShape) {
  const x = input('x', [shape.batch, shape.length, config.hiddenSize]);
  const output = llama(scopeOf(weights), config, x, llamaContext(config, shape));
  return compile({ last: output.lastHiddenState, ...currentOutputs(output) }, { weights: weights.weights() });
}

interface Cache {
  readonly feeds: Record<string, Resident>;
  /** Which output goes into which tensor. */
  readonly targets: [output: string, { into: Resident }][];
}

/** Empty keys and values for every layer, in the worker. */
async function makeCache(config: LlamaConfig, shape: readonly number[]): Promise<Cache> {
  const host = await worker();
  const feeds: Record<string, Resident> = {};
  const targets: [string, { into: Resident }][] = [];
  const size = shape.reduce((a, b) => a * b, 1);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const part of ['key', 'value'] as const) {
      const name = pastName(layer, part);
      const into = await host.put(name, f32(new Float32Array(size), shape), { transfer: true });
      feeds[name] = into;
      targets.push([currentName(layer, part), { into }]);
    }
  }
  return { feeds, targets };
}

/** From each of `rows` rows of `stride` values, `count` values from `from` on. */
function rowsOf(
  values: Float32Array,
  rows: number,
  stride: number,
  from: number,
  count: number,
): Float32Array {
  const out = new Float32Array(rows * count);
  for (let r = 0; r < rows; r++)
    out.set(values.subarray(r * stride + from, r * stride + from + count), r * count);
  return out;
}

function columns(
  mask: ArrayLike<number>,
  rows: number,
  stride: number,
  from: number,
  count: number,
): Float32Array {
  return rowsOf(Float32Array.from(mask), rows, stride, from, count);
}

const someLength = 65_521;

/**
 * The last hidden state after each chunk, [chunks, d], of one sequence [1, t, d], over a cache in float32 that is
 * extended in place.
 */
export async function decodeInPlace(
  weights: Checkpoint,
  config: LlamaConfig,
  embeds: TensorData,
  chunks: readonly number[],
): Promise<Float32Array> {
  const [, t, d] = embeds.shape as [number, number, number];
  const shape = { capacity: t, bits: 32 } as const;
  const host = await worker();
  const p = scopeOf(weights);
  const cache = llamaCache(p, config, shape);
  const output = llama(p, config, input('x', [1, someLength, d]), { cache });
  const state = gather(reshape(output.lastHiddenState, [-1, d]), input('at', [1], 'int64'));
  const outputs = { state, ...currentOutputs(output) };
  const session = await host.load(compile(outputs, { weights: weights.weights(), unknown: someLength }));
  const slots = cacheTensor(config, shape);
  const residents: Record<string, Resident> = {};
  for (let i = 0; i < config.layers; i++) {
    for (const part of ['key', 'value'] as const) {
      const data = new Float32Array(slots.shape.reduce((a, b) => a * b, 1));
      residents[currentName(i, part)] = await host.put('cache', { ...slots, data });
    }
  }
  const past = Object.fromEntries(Object.entries(residents).map(([name, r]) => [`past_${name}`, r]));
  const out: Float32Array[] = [];
  let filled = 0;
  for (const length of chunks) {
    const x = f32((embeds.data as Float32Array).slice(filled * d, (filled + length) * d), [1, length, d]);
    const feeds = { x, at: i64([length - 1], [1]), ...llamaCacheFeeds(filled, length), ...past };
    const result = await session.run(feeds, { fetch: ['state'], update: residents });
    out.push(result.state?.data as Float32Array);
    filled += length;
  }
  await session.release();
  for (const resident of Object.values(residents)) await host.drop(resident);
  return Float32Array.from(out.flatMap((part) => [...part]));
}
