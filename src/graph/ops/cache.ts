import type { CacheAttributes } from '../opset.ts';
import { describe, GraphError, makeNode, type Tensor } from '../tensor.ts';

/** Keys and values of earlier positions, [1, kvHeads, capacity, d]: float32, int8, or uint8 with two values a byte. */
export interface CacheState {
  /** Keys, already rotated. */
  readonly key: Tensor;
  /** Values. */
  readonly value: Tensor;
  /** float32 [kvHeads, 1, d]: what a unit of a cached number is worth. Only for fewer than 32 bits. */
  readonly scales?: { readonly key: Tensor; readonly value: Tensor };
}

/** Inputs of `groupQueryAttention`. */
export interface CacheInputs {
  /** float32 [1, t, heads * d] and [1, t, kvHeads * d], before the rotary embedding. */
  readonly query: Tensor;
  /** New keys, [1, t, kvHeads * d]. */
  readonly key: Tensor;
  /** New values, [1, t, kvHeads * d]. */
  readonly value: Tensor;
  /** The cache before this step. */
  readonly past: CacheState;
  /** int32 [1]: the last new position, counted from 0. */
  readonly last: Tensor;
  /** int32 []: positions in all, old and new. */
  readonly total: Tensor;
  /** Rotary tables of all positions, float32 [positions, d / 2]. */
  readonly cos: Tensor;
  /** See `cos`. */
  readonly sin: Tensor;
}

/**
 * Causal attention of new positions over a cache and themselves, with the rotary embedding, in one step. Returns
 * [1, t, heads * d] and the cache with the new rows in it. These two outputs must be given the memory of the inputs
 * `past` (`RunOptions.update`), otherwise each run copies the whole cache.
 */
export function groupQueryAttention(
  inputs: CacheInputs,
  attributes: CacheAttributes,
): { y: Tensor; key: Tensor; value: Tensor } {
  const { query, key, value, past, last, total, cos, sin } = inputs;
  const { heads, kvHeads, bits } = attributes;
  const d = query.dim(2) / heads;
  if (d % 16 !== 0) {
    throw new GraphError(`groupQueryAttention: ONNX Runtime needs heads of a multiple of 16, got ${d}`);
  }
  const dtype = bits === 32 ? 'float32' : bits === 8 ? 'int8' : 'uint8';
  const capacity = past.key.dim(2);
  const slots = [1, kvHeads, capacity, bits === 4 ? d / 2 : d];
  const t = query.dim(1);
  const wrong = [
    query.shape.join() !== [1, t, heads * d].join() && query,
    ...[key, value].map((x) => x.shape.join() !== [1, t, kvHeads * d].join() && x),
    ...[past.key, past.value].map((x) => (x.dtype !== dtype || x.shape.join() !== slots.join()) && x),
    ...[cos, sin].map((x) => (x.rank !== 2 || x.dim(1) !== d / 2) && x),
  ].find((x) => x !== false);
  if (wrong)
    throw new GraphError(`groupQueryAttention: ${describe(wrong)} does not fit ${heads} heads of ${d}`);
  if (bits < 32 !== (past.scales !== undefined)) {
    throw new GraphError(
      `groupQueryAttention: a cache of ${bits} bits ${bits < 32 ? 'needs' : 'has no'} scales`,
    );
  }
  const scales = past.scales ? [past.scales.key, past.scales.value] : [];
  const [y, newKey, newValue] = makeNode(
    'groupQueryAttention',
    [query, key, value, past.key, past.value, last, total, cos, sin, ...scales],
    { ...attributes },
    [{ shape: query.shape }, { dtype, shape: slots }, { dtype, shape: slots }],
  ) as [Tensor, Tensor, Tensor];
  return { y, key: newKey, value: newValue };
}
