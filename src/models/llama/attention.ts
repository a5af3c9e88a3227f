import { add, concat, matmul, mul, reshape, slice, softmax, type Tensor } from '../../graph/index.ts';

/** Keys and values of one layer, each [b, kvHeads, positions, headDim]; keys after the rotary embedding. */
export interface KeyValue {
  /** Keys. */
  readonly key: Tensor;
  /** Values. */
  readonly value: Tensor;
}

// Grouped heads (Ainslie et al., 2023): key/value head h serves query heads h * g .. h * g + g - 1. The queries of a
// group are rows of one product with their shared head, so nothing is repeated.

/** Queries `start` .. `end` - 1, which see the keys 0 .. `end` - 1 under `bias` [b or 1, 1, end - start, end]. */
export interface QueryBlock {
  readonly start: number;
  readonly end: number;
  readonly bias: Tensor;
}

const leastBlock = 128;
const mostBlocks = 8;

/**
 * Cuts a causal `bias` [b or 1, 1, t, t] into blocks of queries. What lies behind a block is hidden anyway: leaving it
 * out saves up to half of the scores.
 */
export function causalBlocks(bias: Tensor): QueryBlock[] {
  const t = bias.dim(2);
  const size = Math.max(leastBlock, Math.ceil(t / mostBlocks));
  const blocks: QueryBlock[] = [];
  for (let start = 0; start < t; start += size) {
    const end = Math.min(start + size, t);
    blocks.push({ start, end, bias: slice(slice(bias, 2, start, end), 3, 0, end) });
  }
  return blocks;
}

/** Causal attention of new positions among themselves: q [b, heads, t, d] -> [b, heads, t, d]. */
export function causalAttention(q: Tensor, { key, value }: KeyValue, blocks: readonly QueryBlock[]): Tensor {
  const scale = 1 / Math.sqrt(q.dim(3));
  const parts = blocks.map(({ start, end, bias }) => {
    const rows = groupRows(slice(q, 2, start, end), key.dim(1)); // [b, kvHeads, g * n, d]
    const scores = matmul(rows, slice(key, 2, 0, end), { transB: true, alpha: scale }); // [b, kvHeads, g * n, end]
    const mixed = matmul(weightsOf(scores, bias), slice(value, 2, 0, end));
    return reshape(mixed, [q.dim(0), q.dim(1), end - start, q.dim(3)]);
  });
  return concat(parts, 2);
}

/**
 * Attention of new positions over a cache and themselves. The scores over both share one softmax, but the products
 * with both are separate: only scores are joined, the cache itself is never copied. q [b, heads, t, d]; `bias`
 * [b or 1, 1, t, capacity + t], the cache's slots first.
 */
export function cachedAttention(q: Tensor, past: KeyValue, current: KeyValue, bias: Tensor): Tensor {
  const rows = groupRows(mul(q, 1 / Math.sqrt(q.dim(3))), current.key.dim(1)); // [b, kvHeads, g * t, d]
  const weights = weightsOf(concat([product(rows, past.key), product(rows, current.key)], 3), bias);
  const slots = past.key.dim(2);
  const mixed = add(
    matmul(slice(weights, 3, 0, slots), past.value),
    matmul(slice(weights, 3, slots), current.value),
  ); // [b, kvHeads, g * t, d]
  return reshape(mixed, q.shape);
}

/** [b, heads, t, d] -> [b, kvHeads, g * t, d]. */
function groupRows(q: Tensor, kvHeads: number): Tensor {
  const [b, heads, t, d] = q.shape as [number, number, number, number];
  return reshape(q, [b, kvHeads, (heads / kvHeads) * t, d]);
}

/** rows [.., n, d] times keys [.., k, d] transposed -> [.., n, k]. */
function product(rows: Tensor, keys: Tensor): Tensor {
  const [b, h, n, d] = rows.shape as [number, number, number, number];
  if (n > 1) return matmul(rows, keys, { transB: true });
  // a single row: reading the keys as they lie is a third faster
  return reshape(matmul(keys, reshape(rows, [b, h, d, 1])), [b, h, 1, keys.dim(2)]);
}

/** Softmax of scores [b, kvHeads, g * t, k] under a bias [b or 1, 1, t, k] that all groups share. */
function weightsOf(scores: Tensor, bias: Tensor): Tensor {
  const [b, kvHeads, rows, keys] = scores.shape as [number, number, number, number];
  const t = bias.dim(2);
  if (rows === t) return softmax(add(scores, bias));
  const grouped = reshape(scores, [b, kvHeads, rows / t, t, keys]);
  const shared = reshape(bias, [bias.dim(0), 1, 1, t, keys]);
  return reshape(softmax(add(grouped, shared)), scores.shape);
}
