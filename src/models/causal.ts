import { constant, f32, type Tensor, type TensorData } from '../graph/index.ts';

/**
 * Additive mask value: makes a score's softmax weight zero. Small enough in magnitude that adding it twice does not
 * overflow float32.
 */
export const masked = -1e30;

/** The additive mask [1, 1, length, length] with which position i sees positions 0 .. i. */
export function causalBias(length: number): Tensor {
  const bias = new Float32Array(length * length);
  for (let i = 0; i < length; i++) bias.fill(masked, i * length + i + 1, (i + 1) * length);
  return constant(f32(bias, [1, 1, length, length]));
}

export interface AttentionBiasOptions {
  /** Rows of `mask`; 1 where there is no mask. */
  readonly batch?: number;
  /** New positions. */
  readonly length: number;
  /** Slots of the key/value cache in front of them, of which the first `filled` are in use. */
  readonly capacity?: number;
  readonly filled?: number;
  /** 1 for a real position, 0 for padding: [batch, filled + length], the cached positions first. */
  readonly mask?: ArrayLike<number> | undefined;
}

/**
 * The additive mask [batch, 1, length, capacity + length] of causal attention over a cache and new positions: each
 * new position sees the filled slots, the new positions before it, and itself, as far as they are no padding.
 */
export function attentionBias(options: AttentionBiasOptions): TensorData {
  const { batch = 1, length, capacity = 0, filled = 0, mask } = options;
  const known = filled + length;
  if (filled < 0 || filled > capacity) {
    throw new RangeError(`attentionBias: filled must be from 0 to the capacity ${capacity}, got ${filled}`);
  }
  if (mask && mask.length !== batch * known) {
    throw new RangeError(`attentionBias: mask must be [${batch}, ${known}], got ${mask.length} values`);
  }
  const rows = mask ? batch : 1;
  const keys = capacity + length;
  const bias = new Float32Array(rows * length * keys).fill(masked);
  for (let b = 0; b < rows; b++) {
    for (let i = 0; i < length; i++) {
      const row = (b * length + i) * keys;
      for (let j = 0; j <= filled + i; j++) {
        // behind the filled slots come the free ones, then the new positions
        if (!mask || mask[b * known + j]) bias[row + (j < filled ? j : capacity + j - filled)] = 0;
      }
    }
  }
  return f32(bias, [rows, 1, length, keys]);
}
