import {
  add,
  concat,
  describe,
  GraphError,
  mul,
  reshape,
  type Scope,
  silu,
  sub,
  type Tensor,
} from '../../graph/index.ts';
import { conv2d, groupNorm } from '../../nn/index.ts';
import { perSample, resnet, sinusoid, timeMlp, transformer2d } from '../blocks/index.ts';
import type { DraftConfig, UNet2DConfig } from './config.ts';
import { draft } from './draft.ts';
import type { Level } from './levels.ts';
import { positions } from './positions.ts';
import { uShape } from './uShape.ts';

// Legend: b batch, c channels, h height, w width, k conditioning rows, e their width.

/** Inputs of `unet2d`. */
export interface UNet2DInputs {
  /** Noisy latents [b, in, h, w]; the sizes need not halve evenly. */
  readonly sample: Tensor;
  /** Diffusion time of each sample [b], or one for all [] or [1]: float32, int32 or int64. */
  readonly timestep: Tensor;
  /** Conditioning rows [b, k, e]. */
  readonly encoderHiddenStates: Tensor;
  /** With `draft_layers`: how much each row says about each column of the picture [b, w, k]; see `draft.ts`. */
  readonly columns?: Tensor | undefined;
  /** With `addition_embed_type: text_time`: the pooled text embedding [b, p]. */
  readonly textEmbeds?: Tensor | undefined;
  /** With `addition_embed_type: text_time`: original height and width, crop top and left, target height and width [b, 6]. */
  readonly timeIds?: Tensor | undefined;
  /**
   * What self-attention reads in place of a sample's own tokens, at levels of `tokens` tokens a sample: int64 [b, m], see
   * `attendToRows`. Left out in published models.
   */
  readonly rows?: ((tokens: number) => Tensor) | undefined;
}

/**
 * UNet2DConditionModel, the U-Net of Stable Diffusion and SDXL (Rombach et al., 2022; Podell et al., 2023). Returns
 * what it was trained to predict, such as the noise: [b, out, h, w].
 */
export function unet2d(p: Scope, config: UNet2DConfig, inputs: UNet2DInputs): Tensor {
  checkInputs(config, inputs);
  const { groups, epsilon, linearProjection } = config;
  const { encoderHiddenStates: context } = inputs;
  const time = silu(timeEmbedding(p, config, inputs)); // [b, time width]
  const sample = config.centerInput ? sub(mul(inputs.sample, 2), 1) : inputs.sample;
  let h = conv2d(p.at('conv_in'), sample, finest(config).channels, { kernel: config.inKernel });
  if (config.positionFrequencies > 0) {
    const where = positions(config.positionFrequencies, h.dim(2), h.dim(3));
    h = add(h, conv2d(p.at('position_in'), where, h.dim(1), { kernel: 1 }));
  }
  if (config.draft) {
    const drafted = draft(p.at('draft'), config.draft, inputs.textEmbeds as Tensor, context, inputs.columns);
    checkSize(config.draft, h);
    h = add(h, conv2d(p.at('draft', 'in'), drafted, h.dim(1), { kernel: 3 }));
  }
  h = uShape(p, h, config, (at, x, j, { channels, heads }, layers) => {
    const y = resnet(at.at('resnets', j), x, channels, { groups, epsilon, time });
    if (layers === 0) return y;
    const rows = inputs.rows?.(y.dim(2) * y.dim(3));
    return transformer2d(at.at('attentions', j), y, context, {
      groups,
      heads,
      layers,
      linearProjection,
      rows,
    });
  });
  h = silu(groupNorm(p.at('conv_norm_out'), h, groups, epsilon));
  return conv2d(p.at('conv_out'), h, config.outChannels, { kernel: config.outKernel });
}

function checkSize({ height, width }: DraftConfig, h: Tensor): void {
  if (h.dim(2) === height && h.dim(3) === width) return;
  throw new GraphError(
    `UNet2DConditionModel: with draft_channels the latents must have sample_size ${height}x${width}, got ${describe(h)}`,
  );
}

const finest = (config: UNet2DConfig): Level => config.levels[0] as Level;

/** Time, and with `text_time` pooled text and sizes, as one vector a sample [b, time width]. */
function timeEmbedding(p: Scope, config: UNet2DConfig, inputs: UNet2DInputs): Tensor {
  const { timestep, textEmbeds, timeIds } = inputs;
  const { time, textTime } = config;
  const waves = sinusoid(perSample(timestep, inputs.sample.dim(0)), finest(config).channels, time); // [b, c]
  const embedding = timeMlp(p.at('time_embedding'), waves, time.width);
  if (!textTime || !textEmbeds || !timeIds) return embedding;
  const sizes = sinusoid(timeIds, textTime.sinusoid, time); // [b * 6, width]
  const added = concat([textEmbeds, reshape(sizes, [timeIds.dim(0), -1])], 1);
  if (added.dim(1) !== textTime.total) {
    throw new GraphError(
      `UNet2DConditionModel: projection_class_embeddings_input_dim is ${textTime.total}, but ${describe(textEmbeds)} and the sinusoids of ${describe(timeIds)} make ${added.dim(1)}`,
    );
  }
  return add(embedding, timeMlp(p.at('add_embedding'), added, time.width));
}

function checkInputs(config: UNet2DConfig, inputs: UNet2DInputs): void {
  const { sample, timestep, encoderHiddenStates, textEmbeds, timeIds } = inputs;
  const b = sample.dim(0);
  const expect = (name: string, t: Tensor, shape: readonly (number | string)[]): void => {
    if (t.rank === shape.length && shape.every((d, i) => typeof d === 'string' || d === t.dim(i))) return;
    throw new GraphError(`UNet2DConditionModel: ${name} must be [${shape.join(', ')}], got ${describe(t)}`);
  };
  expect('sample', sample, ['b', config.inChannels, 'h', 'w']);
  expect('timestep', perSample(timestep, b), [b]);
  expect('encoderHiddenStates', encoderHiddenStates, [b, 'k', config.contextWidth]);
  if (textEmbeds) expect('textEmbeds', textEmbeds, [b, 'p']);
  if (timeIds) expect('timeIds', timeIds, [b, 'n']);
  const wanted = config.textTime !== undefined;
  if (wanted === Boolean(textEmbeds) && wanted === Boolean(timeIds)) return;
  throw new GraphError(
    `UNet2DConditionModel: textEmbeds and timeIds must ${wanted ? 'be given' : 'be left out'}, because addition_embed_type is ${wanted ? 'text_time' : 'null'}`,
  );
}
