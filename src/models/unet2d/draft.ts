import {
  add,
  concat,
  gelu,
  matmul,
  normal,
  reshape,
  type Scope,
  type Tensor,
  zeros,
} from '../../graph/index.ts';
import { layerNorm, linear } from '../../nn/index.ts';
import { toImage, toTokens, transformerBlock } from '../blocks/index.ts';
import type { DraftConfig } from './config.ts';

/**
 * The draft: what the clean latents may be, from the conditioning alone, told to the U-Net's input. It is learned by its
 * squared error, without noise and at a fraction of a denoising step's cost, so most of what tokens, sentences and
 * faces determine of a picture is computed before the U-Net runs.
 * @param p the U-Net's scope `draft`
 * @param pooled the pooled embedding [b, p]
 * @param context conditioning rows [b, k, e]
 * @param columns how much each row says about each column of the picture [b, width, k]; without it the rows are only
 *   attended to, and who stands where must be learned
 * @returns [b, channels, height, width]
 */
export function draft(
  p: Scope,
  config: DraftConfig,
  pooled: Tensor,
  context: Tensor,
  columns?: Tensor,
): Tensor {
  const { channels, layers, inner, heads, height, width } = config;
  const map = draftMap(p, config, pooled);
  if (layers === 0) return map;
  const where = p.at('position_embedding').param('weight', [height * width, inner], normal(0.5));
  let h = add(linear(p.at('proj_in'), toTokens(map), inner), where); // [b, h*w, inner]
  if (columns) {
    const people = linear(p.at('columns'), matmul(columns, context), inner); // [b, w, inner]
    const rows = reshape(h, [-1, height, width, inner]);
    h = reshape(add(rows, reshape(people, [-1, 1, width, inner])), [-1, height * width, inner]);
  }
  for (let i = 0; i < layers; i++) h = transformerBlock(p.at('transformer_blocks', i), h, context, heads);
  const better = linear(p.at('proj_out'), layerNorm(p.at('norm'), h), channels, { init: zeros });
  return add(map, toImage(better, height, width));
}

/** The draft's first part [b, channels, height, width], from the pooled embedding alone. */
export function draftMap(p: Scope, config: DraftConfig, pooled: Tensor): Tensor {
  const { channels, hidden, height, width } = config;
  const known = hidden === 0 ? pooled : concat([pooled, gelu(linear(p.at('hidden'), pooled, hidden))], 1);
  return reshape(linear(p.at('map'), known, channels * height * width), [-1, channels, height, width]);
}
