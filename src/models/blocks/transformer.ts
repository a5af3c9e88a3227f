import { add, gelu, mul, type Scope, type Tensor } from '../../graph/index.ts';
import { conv2d, groupNorm, type LinearOptions, layerNorm, linear, linearParts } from '../../nn/index.ts';
import { attend, attendToRows, toImage, toTokens } from './attention.ts';

/** GEGLU feed-forward (Shazeer, 2020): the width's fourfold, gated by GELU; x [..., c] -> [..., c]. */
export function feedForward(p: Scope, x: Tensor, last: LinearOptions = {}): Tensor {
  const c = x.dim(-1);
  const [value, gate] = linearParts(p.at('net', 0, 'proj'), x, 8 * c, 2) as [Tensor, Tensor];
  return linear(p.at('net', 2), mul(value, gelu(gate)), c, last);
}

/**
 * BasicTransformerBlock: x [b, t, c] attends to itself, then to `context` [b, k, e].
 * @param rows what it attends to in place of itself, see `attendToRows` [b, m]
 */
export function transformerBlock(
  p: Scope,
  x: Tensor,
  context: Tensor,
  heads: number,
  rows?: Tensor | undefined,
): Tensor {
  return p.block([x, context, ...(rows ? [rows] : [])], () => {
    const own = layerNorm(p.at('norm1'), x);
    const self = rows ? attendToRows(p.at('attn1'), own, heads, rows) : attend(p.at('attn1'), own, heads);
    let h = add(x, self);
    h = add(h, attend(p.at('attn2'), layerNorm(p.at('norm2'), h), heads, context));
    return add(h, feedForward(p.at('ff'), layerNorm(p.at('norm3'), h)));
  });
}

export interface TransformerOptions {
  readonly groups: number;
  readonly layers: number;
  readonly heads: number;
  /** proj_in and proj_out are matrices, or convolutions of size 1; only the stored shape differs. */
  readonly linearProjection: boolean;
  /** What its blocks attend to in place of their own tokens, of h * w tokens a sample: see `attendToRows` [b, m]. */
  readonly rows?: Tensor | undefined;
}

/** Transformer2DModel: x [b, c, h, w] as a sequence of pixels through `layers` blocks, added to x. */
export function transformer2d(p: Scope, x: Tensor, context: Tensor, options: TransformerOptions): Tensor {
  const { groups, layers, heads, linearProjection, rows } = options;
  const [, c, height, width] = x.shape as [number, number, number, number];
  const normal = groupNorm(p.at('norm'), x, groups, 1e-6);
  let h = linearProjection
    ? linear(p.at('proj_in'), toTokens(normal), c)
    : toTokens(conv2d(p.at('proj_in'), normal, c, { kernel: 1 })); // [b, h*w, c]
  for (let i = 0; i < layers; i++)
    h = transformerBlock(p.at('transformer_blocks', i), h, context, heads, rows);
  const out = linearProjection
    ? toImage(linear(p.at('proj_out'), h, c), height, width)
    : conv2d(p.at('proj_out'), toImage(h, height, width), c, { kernel: 1 });
  return add(x, out);
}
