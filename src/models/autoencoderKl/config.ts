import type { ConfigJson } from '../../base/configJson.ts';
import { blockTypes, checkDivides, counts } from '../blocks/index.ts';
import { ConfigReader } from '../configs.ts';

/** What encoders and decoders of the family are built from. */
export interface CoderConfig {
  /** Channels of each level, finest first; every level but the last halves the size. */
  readonly channels: readonly number[];
  /** Residual blocks of a level in the encoder; the decoder has one more. */
  readonly layersPerBlock: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** Whether the middle block has attention. */
  readonly middleAttention: boolean;
  /** Channels of the latent. */
  readonly latentChannels: number;
}

/** A variational autoencoder (Rombach et al., 2022), from the `config.json` of diffusers’ AutoencoderKL. */
export interface AutoencoderKlConfig extends CoderConfig {
  /** Channels of the picture that is encoded. */
  readonly inChannels: number;
  /** Channels of the decoded picture. */
  readonly outChannels: number;
  /** Whether a 1×1 convolution follows the encoder. */
  readonly quantConv: boolean;
  /** Whether a 1×1 convolution precedes the decoder. */
  readonly postQuantConv: boolean;
  /** Latents are multiplied by this before diffusion and divided by it before decoding; no part of the graph. */
  readonly scalingFactor: number;
}

/**
 * Reads the `config.json` of diffusers' AutoencoderKL. Missing keys take the published defaults. Throws `ConfigError`,
 * which names the key.
 */
export function readAutoencoderKlConfig(json: ConfigJson): AutoencoderKlConfig {
  const r = new ConfigReader('AutoencoderKL', json);
  const channels = counts(r, json, 'block_out_channels', [64]);
  for (const [key, type] of [
    ['down_block_types', 'DownEncoderBlock2D'],
    ['up_block_types', 'UpDecoderBlock2D'],
  ] as const) {
    blockTypes(r, json, key, channels.length, [type], [type]);
  }
  const groups = r.count('norm_num_groups', 32);
  checkDivides(r, 'norm_num_groups', groups, channels);
  r.choice('act_fn', ['silu', 'swish'], 'silu');
  // latents that are shifted or scaled channel by channel belong to other families
  for (const key of ['shift_factor', 'latents_mean', 'latents_std']) r.neutral(key, 0);
  return {
    channels,
    layersPerBlock: r.count('layers_per_block', 1),
    groups,
    middleAttention: r.boolean('mid_block_add_attention', true),
    latentChannels: r.count('latent_channels', 4),
    inChannels: r.count('in_channels', 3),
    outChannels: r.count('out_channels', 3),
    quantConv: r.boolean('use_quant_conv', true),
    postQuantConv: r.boolean('use_post_quant_conv', true),
    scalingFactor: r.positive('scaling_factor', 0.18215),
  };
}

/** How many times smaller than the picture the latents are: 2^(levels - 1). */
export function downsamplingOf(config: CoderConfig): number {
  return 2 ** (config.channels.length - 1);
}
