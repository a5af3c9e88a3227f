import { add, reshape, type Scope, type Tensor, transpose } from '../../graph/index.ts';
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
  const y = attention(project('to_q', queries), project('to_k', context), project('to_v', context));
  return linear(p.at('to_out', 0), reshape(mergeHeads(y), x.shape), c, last);
}

/**
 * Self-attention of pixels with one head over all channels, as in the middle of a VAE; x [b, c, h, w]. The
 * parameters were once called query, key, value and proj_attn: such checkpoints load as they are.
 */
export function pixelAttention(p: Scope, x: Tensor, groups: number, epsilon: number): Tensor {
  const c = x.dim(1);
  const tokens = toTokens(groupNorm(p.at('group_norm'), x, groups, epsilon)); // [b, h*w, c]
  const project = (...names: string[]): Tensor => splitHeads(linear(p.at(names), tokens, c), 1); // [b, 1, h*w, c]
  const y = attention(project('to_q', 'query'), project('to_k', 'key'), project('to_v', 'value'));
  const out = linear(p.at(['to_out.0', 'proj_attn']), mergeHeads(y), c);
  return add(x, toImage(out, x.dim(2), x.dim(3)));
}
