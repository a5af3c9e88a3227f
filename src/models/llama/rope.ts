import { f32, type TensorData } from '../../graph/index.ts';
import type { LlamaConfig } from './configs.ts';

/** Cosines and sines of the rotary embedding. */
export interface RopeTables<T> {
  /** [b, 1, t, headDim / 2], b = 1 where all rows share their positions. */
  readonly cos: T;
  /** See `cos`. */
  readonly sin: T;
}

/**
 * Cosines and sines of the rotary embedding (Su et al., 2021) for `positions` [rows, t], as float32 tables
 * [rows, 1, t, headDim / 2]. Angles are rounded to float32 as in the reference implementation.
 */
export function ropeTables(
  config: Pick<LlamaConfig, 'headDim' | 'ropeTheta'>,
  positions: ArrayLike<number>,
  rows = 1,
): RopeTables<TensorData> {
  const half = config.headDim / 2;
  const frequencies = Float32Array.from(
    { length: half },
    (_, i) => 1 / Math.fround(config.ropeTheta ** ((2 * i) / config.headDim)),
  );
  const cos = new Float32Array(positions.length * half);
  const sin = new Float32Array(positions.length * half);
  for (let t = 0; t < positions.length; t++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround((positions[t] as number) * (frequencies[i] as number));
      cos[t * half + i] = Math.cos(angle);
      sin[t * half + i] = Math.sin(angle);
    }
  }
  const shape = [rows, 1, positions.length / rows, half];
  return { cos: f32(cos, shape), sin: f32(sin, shape) };
}
