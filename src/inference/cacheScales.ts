import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeSafetensors } from '../checkpoints/index.ts';
import {
  abs,
  type CacheAttributes,
  f32,
  i64,
  input,
  max,
  reshape,
  type Scope,
  type Tensor,
} from '../graph/index.ts';
import { currentName, type LlamaConfig, llama, llamaEmbed } from '../models/llama/index.ts';
import { checkpointSource } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import type { WorkerHost } from '../runtime/index.ts';

/** Positions that are looked at. */
const LENGTH = 64;
/**
 * How much larger than the largest value seen a cached one may be before it is cut. Visual tokens make larger keys than
 * words do; 8 bits have room for that, 4 bits must choose (docs/decisions.md has the figures).
 */
const margins = { 8: 6, 4: 3 } as const;

/**
 * The path of the scales of a cache of whole numbers for a LLaMA, measured once: what a unit is worth in each head and
 * channel, from the largest key and value over a text of random words. They depend on the weights far more than on the
 * text, because every layer normalises what it reads. The file lies beside the weights.
 */
export async function cacheScales(
  host: WorkerHost,
  weights: string,
  config: LlamaConfig,
  bits: Exclude<CacheAttributes['bits'], 32>,
): Promise<string> {
  const path = join(dirname(weights), `${stem(weights)}-cache${bits}.safetensors`);
  if (await exists(path)) return path;
  const source = await checkpointSource(host, weights);
  const network = await source.load((p) => largest(p, config));
  const random = Random.of(0, 'cache scales');
  const ids = Array.from({ length: LENGTH }, (_, i) => (i === 0 ? 1 : random.int(config.vocabSize)));
  const values = await network.run({ ids: i64(ids, [1, LENGTH]) }).finally(() => network.release());
  const most = bits === 8 ? 127 : 7;
  const scales = Object.entries(values).map(([name, { data, shape }]) => {
    const scale = (data as Float32Array).map((v) => Math.max(v, 1e-6) * (margins[bits] / most));
    return [`kv_cache.${name}`, f32(scale, shape)] as const;
  });
  await writeSafetensors(path, Object.fromEntries(scales), { format: 'pt' });
  return path;
}

/** Largest magnitudes `key.i` and `value.i` [kvHeads, 1, headDim] over the positions. */
function largest(p: Scope, config: LlamaConfig): Record<string, Tensor> {
  const { current } = llama(p, config, llamaEmbed(p, config, input('ids', [1, LENGTH], 'int64')));
  const over = (t: Tensor): Tensor =>
    reshape(max(abs(t), { axes: [2], keepDims: true }), [config.kvHeads, 1, config.headDim]);
  return Object.fromEntries(
    current.flatMap(({ key, value }, i) => [
      [currentName(i, 'key'), over(key)],
      [currentName(i, 'value'), over(value)],
    ]),
  );
}

const stem = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.safetensors$/, '');

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
