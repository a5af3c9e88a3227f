import { matmul, reshape, type Scope, slice, type Tensor } from '../../graph/index.ts';
import type { ClipVisionConfig } from '../../models/clip/index.ts';
import { layerNorm, linear } from '../../nn/index.ts';

/** Mean patch tokens, as `weights` [r, n * patches] has them, in the space shared with sentences: [r, d]. */
export function regionEmbeds(p: Scope, config: ClipVisionConfig, tokens: Tensor, weights: Tensor): Tensor {
  const patches = reshape(slice(tokens, 1, 1), [-1, config.hiddenSize]); // without the class token
  const norm = p.at('vision_model', 'post_layernorm');
  const pooled = layerNorm(norm, matmul(weights, patches), config.layerNormEps);
  return linear(p.at('visual_projection'), pooled, config.projectionDim, { bias: false });
}
