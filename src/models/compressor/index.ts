import {
  add,
  describe,
  GraphError,
  normal,
  reshape,
  type Scope,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import { layerNorm, linear, standardize } from '../../nn/index.ts';
import { transformerBlock } from './block.ts';
import type { CompressorConfig } from './config.ts';

export { type CompressorConfig, compressorConfig } from './config.ts';

/**
 * Compresses an image's spatial tokens into a few (paper 3.2, figure 9): transformer blocks, a linear layer across
 * the tokens, more transformer blocks.
 *
 * Parameters: `input_proj`, `position_embedding` (both optional), `blocks_before.i`, `compress` [outputTokens, n],
 * `blocks_after.i`, `output_proj` (optional). With `reducedDim`: `norm`, `reduce` [reducedDim, c], and `compress`
 * [outputTokens * c, n * reducedDim].
 * @param spatial [b, tokens, inputDim]
 * @returns compressed tokens [b, outputTokens, outputDim]
 */
export function compressor(p: Scope, spatial: Tensor, config: CompressorConfig): Tensor {
  const { tokens, inputDim, width, heads, mlpRatio, outputDim } = config;
  if (spatial.rank !== 3 || spatial.dim(1) !== tokens || spatial.dim(2) !== inputDim) {
    throw new GraphError(
      `compressor: expected spatial tokens [b, ${tokens}, ${inputDim}], got ${describe(spatial)}`,
    );
  }
  let x = width === inputDim ? spatial : linear(p.at('input_proj'), spatial, width); // [b, n, c]
  if (config.positionEmbedding)
    x = add(x, p.at('position_embedding').param('weight', [tokens, width], normal(0.02)));
  for (let i = 0; i < config.blocksBefore; i++)
    x = transformerBlock(p.at('blocks_before', i), x, heads, mlpRatio);
  x = config.reducedDim === null ? mixTokens(p, x, config) : mixAll(p, x, config, config.reducedDim); // [b, 2, c]
  for (let i = 0; i < config.blocksAfter; i++)
    x = transformerBlock(p.at('blocks_after', i), x, heads, mlpRatio);
  if (outputDim !== width) x = linear(p.at('output_proj'), x, outputDim); // [b, 2, d]
  return config.normalize === 'layer' ? standardize(x) : x;
}

/** Figure 9: x [b, n, c] -> [b, 2, c], each channel by itself. */
function mixTokens(p: Scope, x: Tensor, { outputTokens }: CompressorConfig): Tensor {
  const y = linear(p.at('compress'), transpose(x, [0, 2, 1]), outputTokens); // [b, c, 2]
  return transpose(y, [0, 2, 1]);
}

/** x [b, n, c] -> [b, 2, c], every channel of every token into each. */
function mixAll(p: Scope, x: Tensor, config: CompressorConfig, reducedDim: number): Tensor {
  const { tokens, width, outputTokens } = config;
  const reduced = linear(p.at('reduce'), layerNorm(p.at('norm'), x), reducedDim); // [b, n, r]
  const all = reshape(reduced, [-1, tokens * reducedDim]); // [b, n * r]
  return reshape(linear(p.at('compress'), all, outputTokens * width), [-1, outputTokens, width]);
}
