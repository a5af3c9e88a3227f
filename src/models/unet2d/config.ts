import type { ConfigJson } from '../../base/configJson.ts';
import { checkDivides, countsPerLevel } from '../blocks/index.ts';
import { ConfigReader } from '../configs.ts';
import { type LevelNames, readLevels, readMiddleLayers } from './levels.ts';
import type { UShape } from './uShape.ts';

const names: LevelNames = {
  plainDown: 'DownBlock2D',
  crossDown: 'CrossAttnDownBlock2D',
  plainUp: 'UpBlock2D',
  crossUp: 'CrossAttnUpBlock2D',
  heads: 'attention_head_dim', // the published name says "dim", but the number is that of the heads
  defaultHeads: 8,
};

/** The coarse layout that is added to the U-Net’s first features; see `draft.ts`. */
export interface DraftConfig {
  /** Channels of the draft. */
  readonly channels: number;
  /** Units of the hidden layer (GELU); 0 for none. */
  readonly hidden: number;
  /** Transformer blocks, their width and heads. */
  readonly layers: number;
  /** Width of the transformer blocks. */
  readonly inner: number;
  /** Attention heads of the transformer blocks. */
  readonly heads: number;
  /** Rows of the draft. */
  readonly height: number;
  /** Columns of the draft. */
  readonly width: number;
}

/**
 * A conditional U-Net (Ronneberger et al., 2015; Rombach et al., 2022), from the `config.json` of diffusers’
 * UNet2DConditionModel.
 */
export interface UNet2DConfig extends UShape {
  /** Channels of the sample. */
  readonly inChannels: number;
  /** Channels of the prediction. */
  readonly outChannels: number;
  /**
   * `position_frequencies`, a key of our own, 0 in published models: the input also learns where each point lies.
   * Otherwise a U-Net derives positions only from the padding of its convolutions, which a small one is slow to learn.
   */
  readonly positionFrequencies: number;
  /**
   * `draft_channels`, a key of our own, missing in published models: a linear map takes the pooled embedding to this many
   * channels at every point of a picture of `sample_size`; a 3×3 convolution of them is added to the U-Net's first
   * features as a coarse layout. With
   * `draft_hidden` units the map also sees a hidden layer (GELU) of that width; `draft_layers` transformer blocks of
   * `draft_width` then improve the draft by what the conditioning rows say. See `draft.ts`.
   */
  readonly draft: DraftConfig | undefined;
  /** Width of the conditioning rows. */
  readonly contextWidth: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** Epsilon of the group norms. */
  readonly epsilon: number;
  /** Whether transformers project with linear layers; otherwise with 1×1 convolutions. */
  readonly linearProjection: boolean;
  /** The sample is taken from 0 .. 1 to -1 .. 1 first. */
  readonly centerInput: boolean;
  /** Side of the first convolution’s kernel. */
  readonly inKernel: number;
  /** Side of the last convolution’s kernel. */
  readonly outKernel: number;
  /** The sinusoidal timestep embedding: its width, whether cosines come first, and the shift of its frequencies. */
  readonly time: { readonly width: number; readonly flip: boolean; readonly shift: number };
  /** SDXL's pooled text and sizes: widths of each size's sinusoid and of all together. */
  readonly textTime: { readonly sinusoid: number; readonly total: number } | undefined;
}

/** Keys of what is not built, with the values at which they change nothing (null is always one). */
const neutral: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  attention_type: ['default'],
  class_embed_type: [],
  class_embeddings_concat: [false],
  cross_attention_norm: [],
  dropout: [0],
  dual_cross_attention: [false],
  encoder_hid_dim: [],
  encoder_hid_dim_type: [],
  mid_block_only_cross_attention: [false],
  mid_block_scale_factor: [1],
  num_attention_heads: [],
  num_class_embeds: [],
  resnet_out_scale_factor: [1],
  resnet_skip_time_act: [false],
  resnet_time_scale_shift: ['default'],
  time_cond_proj_dim: [],
  time_embedding_act_fn: [],
  time_embedding_type: ['positional'],
  timestep_post_act: [],
};

/**
 * Reads the `config.json` of diffusers' UNet2DConditionModel. Missing keys take the published defaults. Throws
 * `ConfigError`, which names the key.
 */
export function readUNet2DConfig(json: ConfigJson): UNet2DConfig {
  const r = new ConfigReader('UNet2DConditionModel', json);
  for (const [key, values] of Object.entries(neutral)) r.neutral(key, ...values);
  r.choice('act_fn', ['silu', 'swish'], 'silu');
  const { only_cross_attention: only } = json;
  if (only !== undefined && only !== null && [only].flat().some((v) => v !== false))
    r.fail('only_cross_attention', 'is not supported unless false');

  const levels = readLevels(r, json, names);
  const groups = r.count('norm_num_groups', 32);
  const channels = levels.map((l) => l.channels);
  checkDivides(r, 'norm_num_groups', groups, channels);
  const widths = countsPerLevel(r, json, 'cross_attention_dim', levels.length, 1280);
  if (new Set(widths).size > 1) r.fail('cross_attention_dim', 'must be the same for all levels');
  const added = r.has('addition_embed_type') && r.choice('addition_embed_type', ['text_time']);
  return {
    inChannels: r.count('in_channels', 4),
    outChannels: r.count('out_channels', 4),
    positionFrequencies: r.index('position_frequencies', 0),
    draft: readDraft(r, json),
    levels,
    middle: readMiddle(r, json, levels.length),
    contextWidth: widths[0] as number,
    groups,
    epsilon: r.positive('norm_eps', 1e-5),
    downsamplePadding: r.index('downsample_padding', 1),
    linearProjection: r.boolean('use_linear_projection', false),
    centerInput: r.boolean('center_input_sample', false),
    inKernel: r.count('conv_in_kernel', 3),
    outKernel: r.count('conv_out_kernel', 3),
    time: {
      width: r.count('time_embedding_dim', 4 * (channels[0] as number)),
      flip: r.boolean('flip_sin_to_cos', true),
      shift: r.index('freq_shift', 0),
    },
    textTime: added
      ? {
          sinusoid: r.count('addition_time_embed_dim'),
          total: r.count('projection_class_embeddings_input_dim'),
        }
      : undefined,
  };
}

function readDraft(r: ConfigReader, json: ConfigJson): UNet2DConfig['draft'] {
  const channels = r.index('draft_channels', 0);
  if (channels === 0) return undefined;
  const { sample_size: size, addition_embed_type: added } = json;
  if (added !== 'text_time') r.fail('draft_channels', "needs addition_embed_type 'text_time'");
  const [height, width] = Array.isArray(size) ? size : [size, size];
  if (![height, width].every((n) => Number.isInteger(n) && n > 0))
    r.fail('sample_size', "must be the latents' size, or [height, width], where there are draft_channels");
  const hidden = r.index('draft_hidden', 0);
  const layers = r.index('draft_layers', 0);
  const inner = r.count('draft_width', 192);
  const heads = r.count('draft_heads', 6);
  if (inner % heads !== 0) r.fail('draft_width', `must divide into draft_heads ${heads}`);
  return { channels, hidden, layers, inner, heads, height: height as number, width: width as number };
}

function readMiddle(r: ConfigReader, json: ConfigJson, levels: number): number | undefined {
  const key = 'mid_block_type';
  if (json[key] === null) return undefined;
  const type = r.choice(key, ['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D'], 'UNetMidBlock2DCrossAttn');
  return type === 'UNetMidBlock2D' ? 0 : readMiddleLayers(r, json, levels);
}
