import { add, matmul, reshape, softmax, type Tensor, transpose } from '../graph/index.ts';

/** [b, t, heads * d] -> [b, heads, t, d]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [b, t, c] = [x.dim(0), x.dim(1), x.dim(2)];
  return transpose(reshape(x, [b, t, heads, c / heads]), [0, 2, 1, 3]); // [b, heads, t, d]
}

/** [b, heads, t, d] -> [b, t, heads * d]. */
export function mergeHeads(x: Tensor): Tensor {
  const [b, heads, t, d] = [x.dim(0), x.dim(1), x.dim(2), x.dim(3)];
  return reshape(transpose(x, [0, 2, 1, 3]), [b, t, heads * d]);
}

/** Options of attention. */
export interface AttentionOptions {
  /** Added to the scores before the softmax (0 keeps, a large negative number masks); broadcasts to [b, heads, q, k]. */
  bias?: Tensor | undefined;
  /** Factor on the scores, 1 / sqrt(d) by default. */
  scale?: number;
}

/**
 * Scaled dot-product attention (Vaswani et al., 2017). q [b, heads, q, d], k and v [b, heads, k, d] -> [b, heads, q, d].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, { bias, scale }: AttentionOptions = {}): Tensor {
  const scores = matmul(q, k, { transB: true, alpha: scale ?? 1 / Math.sqrt(q.dim(-1)) }); // [b, heads, q, k]
  return matmul(softmax(bias ? add(scores, bias) : scores, -1), v);
}
