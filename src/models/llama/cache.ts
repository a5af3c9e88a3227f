import {
  type CacheAttributes,
  type CacheState,
  constant,
  f32,
  input,
  ones,
  type Scope,
  type Tensor,
  type TensorData,
} from '../../graph/index.ts';
import type { LlamaConfig } from './configs.ts';
import { pastName } from './names.ts';
import { ropeTables } from './rope.ts';

/** A key/value cache that a run extends in place: time and memory grow with the positions that are in use. */
export interface LlamaCache {
  /** Bits of a cached value. */
  readonly bits: CacheAttributes['bits'];
  /** The cache of each layer. */
  readonly layers: readonly CacheState[];
  /** See `CacheInputs`. */
  readonly last: Tensor;
  /** See `CacheInputs`. */
  readonly total: Tensor;
  /** Cosines of the rotary embedding for all positions, float32 [capacity, headDim / 2]. */
  readonly cos: Tensor;
  /** Sines of the rotary embedding, as `cos`. */
  readonly sin: Tensor;
}

/** Size and dtype of a cache. */
export interface LlamaCacheShape {
  /** Positions that the cache holds. */
  readonly capacity: number;
  /** Bits of a cached value: 32, 8 or 4. */
  readonly bits: CacheAttributes['bits'];
}

/**
 * Inputs for `llama` with a cache in place: `last` int32 [1], `total` int32 [] (from `llamaCacheFeeds`), and each layer's
 * `past_key.i`, `past_value.i`, which the outputs `key.i` and `value.i` must be written over. The scales of a cache of
 * whole numbers are parameters, `kv_cache.key.i` and `kv_cache.value.i` [kvHeads, 1, headDim].
 */
export function llamaCache(p: Scope, config: LlamaConfig, { capacity, bits }: LlamaCacheShape): LlamaCache {
  const { kvHeads, headDim, layers } = config;
  const { dtype, shape } = cacheTensor(config, { capacity, bits });
  const positions = Array.from({ length: capacity }, (_, i) => i);
  const { cos, sin } = ropeTables(config, positions);
  const table = (t: TensorData): Tensor => constant(f32(t.data as Float32Array, [capacity, headDim / 2]));
  const scale = (part: 'key' | 'value', i: number): Tensor =>
    p.at('kv_cache', part).param(String(i), [kvHeads, 1, headDim], ones);
  return {
    bits,
    last: input('last', [1], 'int32'),
    total: input('total', [], 'int32'),
    cos: table(cos),
    sin: table(sin),
    layers: Array.from({ length: layers }, (_, i) => ({
      key: input(pastName(i, 'key'), shape, dtype),
      value: input(pastName(i, 'value'), shape, dtype),
      ...(bits < 32 ? { scales: { key: scale('key', i), value: scale('value', i) } } : {}),
    })),
  };
}

/** Dtype and shape of one layer's cached keys, or values. */
export function cacheTensor(
  { kvHeads, headDim }: LlamaConfig,
  { capacity, bits }: LlamaCacheShape,
): Pick<TensorData, 'dtype' | 'shape'> {
  const dtype = bits === 32 ? 'float32' : bits === 8 ? 'int8' : 'uint8';
  return { dtype, shape: [1, kvHeads, capacity, bits === 4 ? headDim / 2 : headDim] };
}

/** Values of `last` and `total` where `length` new positions come behind `filled` ones. */
export function llamaCacheFeeds(filled: number, length: number): Record<'last' | 'total', TensorData> {
  const total = filled + length;
  return {
    last: { dtype: 'int32', shape: [1], data: Int32Array.of(total - 1) },
    total: { dtype: 'int32', shape: [], data: Int32Array.of(total) },
  };
}
