import {
  cast,
  concat,
  constant,
  cos,
  expand,
  f32,
  mul,
  reshape,
  type Scope,
  silu,
  sin,
  type Tensor,
} from '../../graph/index.ts';
import { type LinearOptions, linear } from '../../nn/index.ts';

export interface SinusoidOptions {
  /** Cosines before sines; true in every published U-Net. */
  readonly flip?: boolean;
  /** Shifts the highest frequency's index; 0 or 1. */
  readonly shift?: number;
}

/**
 * Sinusoidal embedding of numbers [n] -> [n, width] (Vaswani et al., 2017; the constants of Ho et al., 2020):
 * angles t / 10000^(i / (width/2 - shift)).
 */
export function sinusoid(t: Tensor, width: number, { flip = true, shift = 0 }: SinusoidOptions = {}): Tensor {
  const half = Math.floor(width / 2);
  // each step rounded to float32, as the reference's table is
  const step = Math.fround(-Math.log(10000));
  const table = Float32Array.from({ length: half }, (_, i) =>
    Math.exp(Math.fround(Math.fround(step * i) / (half - shift))),
  );
  const angles = mul(reshape(cast(t, 'float32'), [-1, 1]), constant(f32(table, [1, half]))); // [n, half]
  const parts = flip ? [cos(angles), sin(angles)] : [sin(angles), cos(angles)];
  if (width % 2 === 1) parts.push(constant(f32(new Float32Array(t.size), [t.size, 1])));
  return concat(parts, 1);
}

/** TimestepEmbedding: linear_1, SiLU, linear_2; x [n, in] -> [n, out]. */
export function timeMlp(
  p: Scope,
  x: Tensor,
  inner: number,
  out: number = inner,
  last: LinearOptions = {},
): Tensor {
  return linear(p.at('linear_2'), silu(linear(p.at('linear_1'), x, inner)), out, last);
}

/** One value for each sample: a single one, [] or [1], is repeated to [b]; [b] stays as it is. */
export function perSample(t: Tensor, b: number): Tensor {
  return t.size === 1 && t.rank <= 1 ? expand(reshape(t, [1]), [b]) : t;
}
