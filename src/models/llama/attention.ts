import { add, concat, matmul, mul, reshape, slice, softmax, type Tensor } from '../../graph/index.ts';

/** Keys and values of one layer, each [b, kvHeads, positions, headDim]; keys after the rotary embedding. */
export interface KeyValue {
  readonly key: Tensor;
  readonly value: Tensor;
}

/**
 * Attention with grouped heads: key/value head h serves query heads h * g .. h * g + g - 1 (Ainslie et al., 2023). The
 * queries of a group are rows of one product with their shared head, so nothing is repeated. q [b, heads, t, d];
 * `bias` [b or 1, 1, t, keys] is added to the scores.
 *
 * With a `past` the scores over it and over the new keys are computed apart and share one softmax: only scores are
 * joined, the cache itself is never copied. Keys count past first.
 */
export function groupedAttention(q: Tensor, current: KeyValue, bias: Tensor, past?: KeyValue): Tensor {
  const [b, heads, t, d] = q.shape as [number, number, number, number];
  const kvHeads = current.key.dim(1);
  const group = heads / kvHeads;
  const scale = 1 / Math.sqrt(d);
  // A product of one row with an unscaled matrix has a kernel of its own, which reads the cache twice as fast.
  const rows = reshape(past ? mul(q, scale) : q, [b, kvHeads, group * t, d]);
  const alpha = past ? 1 : scale;
  const scoresOf = ({ key }: KeyValue): Tensor => matmul(rows, key, { transB: true, alpha }); // [b, kvHeads, group * t, keys]

  const scores = past ? concat([scoresOf(past), scoresOf(current)], 3) : scoresOf(current);
  const keys = scores.dim(3);
  const grouped = reshape(scores, [b, kvHeads, group, t, keys]);
  const perGroup = reshape(bias, [bias.dim(0), 1, 1, t, keys]);
  const weights = reshape(softmax(add(grouped, perGroup)), scores.shape);

  const n = past ? past.key.dim(2) : 0;
  const onCurrent = matmul(slice(weights, 3, n), current.value); // [b, kvHeads, group * t, d]
  const mixed = past ? add(matmul(slice(weights, 3, 0, n), past.value), onCurrent) : onCurrent;
  return reshape(mixed, [b, heads, t, d]);
}
