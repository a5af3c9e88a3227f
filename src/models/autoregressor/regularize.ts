import {
  add,
  cast,
  constant,
  describe,
  f32,
  GraphError,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  type TensorData,
} from '../../graph/index.ts';
import type { Random } from '../../random/index.ts';
import { causalBias, masked } from '../causal.ts';

/**
 * Causal attention in which positions are hidden from all others (the paper's token masking, 3.4). A hidden position
 * still sees itself, so that no row of scores is empty.
 * @param keep 1 for visible positions, 0 for hidden ones [b, t]
 * @returns additive mask [b, 1, t, t]
 */
export function maskedCausalBias(keep: Tensor): Tensor {
  const [b, t] = [keep.dim(0), keep.dim(1)];
  const others = new Float32Array(t * t).fill(masked);
  for (let i = 0; i < t; i++) others[i * t + i] = 0;
  const hidden = reshape(sub(1, keep), [b, 1, 1, t]);
  return add(mul(hidden, constant(f32(others, [1, 1, t, t]))), causalBias(t));
}

/** Draws `keep` for `maskedCausalBias`: each position is hidden with probability p. */
export function drawKeep(batch: number, length: number, p: number, random: Random): TensorData {
  return f32(
    Float32Array.from({ length: batch * length }, () => (random.chance(p) ? 0 : 1)),
    [batch, length],
  );
}

/** Keep probability as bytes have it, in 256 steps; the scale uses the same value, so the expectation is exact. */
const keepThreshold = (p: number): number => Math.min(255, Math.max(1, Math.round((1 - p) * 256)));

/**
 * Dropout (Srivastava et al., 2014) whose decisions are fed: the returned function takes the next slice of `mask` at
 * every call, so it must be called as often as there are slices.
 * @param mask uint8, 1 keeps [calls, ...shape of what is dropped]
 */
export function fedDropout(mask: Tensor, p: number): (x: Tensor) => Tensor {
  let calls = 0;
  const scale = 256 / keepThreshold(p);
  return (x) => {
    if (calls === mask.dim(0))
      throw new GraphError(`fedDropout: ${describe(mask)} serves ${calls} calls, one more came`);
    const part = reshape(slice(mask, 0, calls, calls + 1), mask.shape.slice(1));
    calls++;
    return mul(x, mul(cast(part, 'float32'), scale));
  };
}

/** Draws the mask of `fedDropout`. */
export function drawDropout(shape: readonly number[], p: number, random: Random): TensorData {
  const size = shape.reduce((a, b) => a * b, 1);
  const words = new Uint32Array(Math.ceil(size / 4)); // four decisions each, one a byte
  const data = new Uint8Array(words.buffer, 0, size);
  const threshold = keepThreshold(p);
  if (threshold === 128) {
    // one half: every bit of a draw is a decision
    for (let i = 0; i < words.length; ) {
      const draw = random.uint32();
      for (let bit = 0; bit < 8 && i < words.length; bit++) words[i++] = (draw >>> bit) & 0x01010101;
    }
  } else {
    for (let i = 0; i < size; ) {
      const draw = random.uint32();
      for (let bit = 0; bit < 32 && i < size; bit += 8)
        data[i++] = ((draw >>> bit) & 255) < threshold ? 1 : 0;
    }
  }
  return { dtype: 'uint8', shape: [...shape], data };
}
