import {
  add,
  constant,
  describe,
  f32,
  GraphError,
  layerNorm,
  normal,
  type Scope,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import { linear } from '../../nn/index.ts';
import { transformerBlock } from './block.ts';
import type { CompressorConfig } from './config.ts';

export { type CompressorConfig, compressorConfig } from './config.ts';

/**
 * Compresses an image's spatial tokens into a few (paper 3.2, figure 9): transformer blocks, a linear layer across
 * the tokens, more transformer blocks.
 *
 * Parameters: `input_proj`, `position_embedding` (both optional), `blocks_before.i`, `compress` [outputTokens, n],
 * `blocks_after.i`, `output_proj` (optional).
 * @param spatial [b, tokens, inputDim]
 * @returns compressed tokens [b, outputTokens, outputDim]
 */
export function compressor(p: Scope, spatial: Tensor, config: CompressorConfig): Tensor {
  const { tokens, inputDim, width, heads, mlpRatio, outputTokens, outputDim } = config;
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
  x = transpose(x, [0, 2, 1]); // [b, c, n]
  x = linear(p.at('compress'), x, outputTokens); // [b, c, 2]
  x = transpose(x, [0, 2, 1]); // [b, 2, c]
  for (let i = 0; i < config.blocksAfter; i++)
    x = transformerBlock(p.at('blocks_after', i), x, heads, mlpRatio);
  if (outputDim !== width) x = linear(p.at('output_proj'), x, outputDim); // [b, 2, d]
  return config.normalize === 'layer' ? standardize(x) : x;
}

/** Mean 0 and variance 1 over the last axis, nothing learned. */
function standardize(x: Tensor): Tensor {
  const d = x.dim(-1);
  const row = (value: number): Tensor => constant(f32(new Float32Array(d).fill(value), [d]));
  return layerNorm(x, row(1), row(0), 1e-5);
}
