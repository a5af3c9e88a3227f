import {
  add,
  concat,
  gather,
  reshape,
  type Scope,
  slice,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import { attention, groupNorm, type LinearOptions, linear, mergeHeads, splitHeads } from '../../nn/index.ts';

/** [b, c, h, w] -> [b, h*w, c]. */
export function toTokens(x: Tensor): Tensor {
  const [b, c] = [x.dim(0), x.dim(1)];
  return transpose(reshape(x, [b, c, -1]), [0, 2, 1]);
}

/** [b, h*w, c] -> [b, c, h, w]. */
export function toImage(x: Tensor, height: number, width: number): Tensor {
  return reshape(transpose(x, [0, 2, 1]), [x.dim(0), x.dim(2), height, width]);
}

/** Scores that are held at once: 2^26 float32 values are 256 MiB, and softmax needs as many again. */
const mostScores = 2 ** 26;

/**
 * Attention whose queries are taken in as many parts as keep the scores small: at 1024 x 1024 pixels SDXL's VAE
 * would otherwise need gigabytes. q [b, heads, q, d], k and v [b, heads, k, d] -> [b, heads, q, d].
 */
export function attendInParts(q: Tensor, k: Tensor, v: Tensor, limit: number = mostScores): Tensor {
  const [b, heads, count] = q.shape as [number, number, number];
  const rows = Math.max(1, Math.floor(limit / (b * heads * k.dim(2))));
  const parts: Tensor[] = [];
  for (let at = 0; at < count; at += rows) {
    parts.push(attention(slice(q, 2, at, Math.min(at + rows, count)), k, v));
  }
  return concat(parts, 2);
}

/**
 * Attention of x [b, q, c] to `context` [n, k, e] (to itself by default) with an output projection: [b, q, c]. Where
 * b is a multiple of n, consecutive samples share a context. Queries, keys and values have no biases; `last` is for
 * the output projection.
 */
export function attend(
  p: Scope,
  x: Tensor,
  heads: number,
  context: Tensor = x,
  last: LinearOptions = {},
): Tensor {
  const c = x.dim(-1);
  const project = (name: string, from: Tensor): Tensor =>
    splitHeads(linear(p.at(name), from, c, { bias: false }), heads); // [n, heads, t, d]
  const queries = reshape(x, [context.dim(0), -1, c]); // [n, b / n * q, c]
  const y = attendInParts(project('to_q', queries), project('to_k', context), project('to_v', context));
  return linear(p.at('to_out', 0), reshape(mergeHeads(y), x.shape), c, last);
}

/**
 * Attention of x [b, t, c] to rows of the whole batch, its own or those of other samples: [b, t, c]. Where each sample's
 * rows are its own t, it is `attend`.
 * @param rows int64 [b, m], of x as [b * t, c]: the row j of sample i is i * t + j
 */
export function attendToRows(p: Scope, x: Tensor, heads: number, rows: Tensor): Tensor {
  return attend(p, x, heads, gather(reshape(x, [-1, x.dim(-1)]), rows));
}

/**
 * Self-attention of pixels with one head over all channels, as in the middle of a VAE; x [b, c, h, w]. The
 * parameters were once called query, key, value and proj_attn: such checkpoints load as they are.
 */
export function pixelAttention(p: Scope, x: Tensor, groups: number, epsilon: number): Tensor {
  const c = x.dim(1);
  const tokens = toTokens(groupNorm(p.at('group_norm'), x, groups, epsilon)); // [b, h*w, c]
  const project = (...names: string[]): Tensor => splitHeads(linear(p.at(names), tokens, c), 1); // [b, 1, h*w, c]
  const y = attendInParts(project('to_q', 'query'), project('to_k', 'key'), project('to_v', 'value'));
  const out = linear(p.at(['to_out.0', 'proj_attn']), mergeHeads(y), c);
  return add(x, toImage(out, x.dim(2), x.dim(3)));
}
