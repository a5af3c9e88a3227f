import { add, concat, expand, normal, reshape, type Scope, slice, type Tensor } from '../../graph/index.ts';
import { layerNorm, linear } from '../../nn/index.ts';
import type { ClipVisionConfig } from './configs.ts';
import { clipEncoder, embedPatches, gridSize } from './encoder.ts';

/** Outputs of the vision tower. */
export interface ClipVisionOutput {
  /** The embeddings after `pre_layrnorm`, then the output of each layer: layers + 1 tensors [b, 1 + g * g, d]. */
  readonly hiddenStates: readonly Tensor[];
  /** The last of them: class token first, then the patches row by row; not normalised. */
  readonly lastHiddenState: Tensor;
  /** The class token after `post_layernorm`, [b, d]. */
  readonly poolerOutput: Tensor;
}

/**
 * CLIP's vision tower (Radford et al., 2021; transformers' CLIPVisionModel). pixelValues [b, c, imageSize, imageSize],
 * normalised as `clipPreprocess` does.
 */
export function clipVision(p: Scope, config: ClipVisionConfig, pixelValues: Tensor): ClipVisionOutput {
  const { hiddenSize: d, channels, patchSize, layerNormEps, initializerFactor, initializerRange } = config;
  const model = p.at('vision_model');
  const embeddings = model.at('embeddings');
  const init = normal(initializerRange * initializerFactor);
  const b = pixelValues.dim(0);
  const tokens = gridSize(config) ** 2 + 1;

  const kernel = embeddings.at('patch_embedding').param('weight', [d, channels, patchSize, patchSize], init);
  const classToken = embeddings.param('class_embedding', [d], normal(initializerFactor / Math.sqrt(d)));
  const positions = embeddings.at('position_embedding').param('weight', [tokens, d], init);
  const patches = embedPatches(config, pixelValues, kernel); // [b, g * g, d]
  const all = concat([expand(reshape(classToken, [1, 1, d]), [b, 1, d]), patches], 1); // [b, 1 + g * g, d]

  const x = layerNorm(model.at('pre_layrnorm'), add(all, positions), layerNormEps); // the published spelling
  const hiddenStates = clipEncoder(model.at('encoder'), config, x);
  const lastHiddenState = hiddenStates.at(-1) as Tensor;
  const poolerOutput = layerNorm(
    model.at('post_layernorm'),
    reshape(slice(lastHiddenState, 1, 0, 1), [b, d]),
    layerNormEps,
  );
  return { hiddenStates, lastHiddenState, poolerOutput };
}

/** `clipVision` and its projection into the shared space (CLIPVisionModelWithProjection). */
export function clipVisionWithProjection(
  p: Scope,
  config: ClipVisionConfig,
  pixelValues: Tensor,
): ClipVisionOutput & {
  /** [b, projectionDim], not of unit length. */ readonly imageEmbeds: Tensor;
} {
  const output = clipVision(p, config, pixelValues);
  const init = normal(config.initializerFactor / Math.sqrt(config.hiddenSize));
  const imageEmbeds = linear(p.at('visual_projection'), output.poolerOutput, config.projectionDim, {
    bias: false,
    init,
  });
  return { ...output, imageEmbeds };
}
