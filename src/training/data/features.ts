import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Checkpoint } from '../../checkpoints/index.ts';
import { FeatureRows, RowWriter } from '../../corpus/index.ts';
import type { ModelLoader } from '../../inference/index.ts';
import type { ModelName } from '../../presets/index.ts';

export interface FeatureOptions {
  /** Folder of the data set. */
  readonly folder: string;
  readonly name: string;
  /** What the features were computed with: a file of another key is never read. */
  readonly key: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** Rows computed at a time. */
  readonly chunk: number;
  /** Computes rows `from` .. `to` - 1, [to - from, ...shape]. */
  compute(from: number, to: number): Promise<Float32Array>;
  onProgress?(done: number, total: number): void;
  /** Stops it between two chunks. */
  readonly signal?: AbortSignal | undefined;
}

/** One row of half-precision features an item, computed once and then loaded into memory. */
export async function featureRows(options: FeatureOptions): Promise<FeatureRows> {
  const { shape, count } = options;
  const path = await featureFile(options);
  const rows = await FeatureRows.load(path, shape);
  if (rows.count !== count)
    throw new RangeError(`${path}: expected ${count} rows, got ${rows.count}; remove the file`);
  return rows;
}

/**
 * The file of such features: half-precision rows, one after the other. Stopped halfway, the next call goes on. While a
 * chunk is computed the next one is begun, so that drawing overlaps with a network that runs in its worker.
 */
export async function featureFile(options: FeatureOptions): Promise<string> {
  const { folder, name, key, shape, count, chunk, compute, onProgress, signal } = options;
  const path = join(folder, `${name}-${key}.f16`);
  if (await exists(path)) return path;
  const writer = await RowWriter.create(path, { dtype: 'float16', shape }, chunk);
  const begin = (from: number): Promise<Float32Array> | undefined => {
    const values = from < count ? compute(from, Math.min(count, from + chunk)) : undefined;
    values?.catch(() => {}); // awaited, and reported, in its turn
    return values;
  };
  let next: Promise<Float32Array> | undefined;
  try {
    next = begin(writer.count);
    while (next) {
      signal?.throwIfAborted();
      const values = next;
      next = begin(writer.count + chunk);
      await writer.append(await values);
      onProgress?.(writer.count, count);
    }
    await writer.finish();
  } catch (error) {
    await next?.catch(() => {}); // what is computed ahead ends before its model is released
    await writer.abandon();
    throw error;
  }
  return path;
}

/** A short hash of plain data: part of the key of what is computed with it. */
export function shortHash(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/** Parts of a VAE that do not touch its latents. */
const behindLatents = /^(decoder|post_quant_conv)\./;
const decoderKeys = new Set(['tail_channels', 'out_channels', 'out_patch_size', 'up_block_types']);

/**
 * The key of the preset's standardised latents: a hash of the VAE's encoder and of their statistics. What was encoded, and
 * all that was learned from it, stays valid where the decoder alone is trained on.
 */
export async function latentsKey({ preset }: ModelLoader): Promise<string> {
  const hash = createHash('sha256');
  const config = Object.entries(await preset.config('vae')).filter(([key]) => !decoderKeys.has(key));
  hash.update(JSON.stringify(config));
  const statistics = await preset.file('vae', 'latents.json');
  if (statistics) hash.update(await readFile(statistics));
  const checkpoint = await Checkpoint.open(preset.layers('vae'));
  try {
    for (const name of checkpoint
      .names()
      .filter((n) => !behindLatents.test(n))
      .toSorted()) {
      const { data } = await checkpoint.readFloat32(name);
      hash.update(`\0${name}\0`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  } finally {
    await checkpoint.close();
  }
  return hash.digest('hex').slice(0, 12);
}

/** A short hash of the configs and weights of models: the key of what is computed with them. */
export async function modelsKey(models: ModelLoader, ...names: readonly ModelName[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) hash.update(await models.fingerprint(name));
  return hash.digest('hex').slice(0, 12);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
