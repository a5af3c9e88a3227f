import type { ConfigJson } from '../../base/configJson.ts';
import type { CoderConfig } from '../autoencoderKl/index.ts';
import { blockTypes, checkDivides, counts, countsPerLevel } from '../blocks/index.ts';
import { ConfigReader } from '../configs.ts';
import { type LevelNames, readLevels, readMiddleLayers, type UShape } from '../unet2d/index.ts';

const names: LevelNames = {
  plainDown: 'DownBlockSpatioTemporal',
  crossDown: 'CrossAttnDownBlockSpatioTemporal',
  plainUp: 'UpBlockSpatioTemporal',
  crossUp: 'CrossAttnUpBlockSpatioTemporal',
  heads: 'num_attention_heads',
  defaultHeads: [5, 10, 20, 20],
};

/** Groups of every norm. Published configs have no key for them; ours may say `norm_num_groups`. */
const publishedGroups = 32;

/**
 * The U-Net of Stable Video Diffusion (Blattmann et al., 2023), from the `config.json` of diffusers’
 * UNetSpatioTemporalConditionModel.
 */
export interface SvdUNetConfig extends UShape {
  /** Channels of the noisy latents and of the picture's latents beside them. */
  readonly inChannels: number;
  /** Channels of the prediction. */
  readonly outChannels: number;
  /** Width of the conditioning rows. */
  readonly contextWidth: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** Width of each added number's sinusoid. */
  readonly addedWidth: number;
  /** How many numbers are added to the time. */
  readonly added: number;
  /** Frames that the model was trained with. Any number runs. */
  readonly frames: number;
  /**
   * Channels of the keyframe's latents, which the network then sees beside the frames' and of which it predicts the changes:
   * `keyframe_channels`, a key of ours. Default 0: published networks take of the keyframe its embedding only.
   */
  readonly keyframeChannels: number;
  /** What changes of standardised latents are divided by before diffusion: `change_scale`, a key of ours. Default 1. */
  readonly changeScale: number;
}

/**
 * Reads the `config.json` of diffusers' UNetSpatioTemporalConditionModel. Missing keys take the published defaults.
 * Throws `ConfigError`, which names the key.
 */
export function readSvdUNetConfig(json: ConfigJson): SvdUNetConfig {
  const r = new ConfigReader('UNetSpatioTemporalConditionModel', json);
  const levels = readLevels(r, json, names);
  const groups = r.count('norm_num_groups', publishedGroups);
  checkDivides(
    r,
    'norm_num_groups',
    groups,
    levels.map((l) => l.channels),
  );
  const widths = countsPerLevel(r, json, 'cross_attention_dim', levels.length, 1024);
  if (new Set(widths).size > 1) r.fail('cross_attention_dim', 'must be the same for all levels');
  const addedWidth = r.count('addition_time_embed_dim', 256);
  const added = r.count('projection_class_embeddings_input_dim', 768) / addedWidth;
  if (!Number.isInteger(added)) {
    r.fail(
      'projection_class_embeddings_input_dim',
      `must be a multiple of addition_time_embed_dim ${addedWidth}`,
    );
  }
  return {
    levels,
    middle: readMiddleLayers(r, json, levels.length),
    downsamplePadding: 1,
    inChannels: r.count('in_channels', 8),
    outChannels: r.count('out_channels', 4),
    contextWidth: widths[0] as number,
    groups,
    addedWidth,
    added,
    frames: r.count('num_frames', 25),
    keyframeChannels: r.index('keyframe_channels', 0),
    changeScale: 'change_scale' in json ? r.positive('change_scale', 1) : 1,
  };
}

/** The autoencoder of Stable Video Diffusion, from the `config.json` of diffusers’ AutoencoderKLTemporalDecoder. */
export interface TemporalVaeConfig extends CoderConfig {
  /** Channels of the picture that is encoded. */
  readonly inChannels: number;
  /** Channels of the decoded picture. */
  readonly outChannels: number;
  /** Latents are multiplied by this before diffusion and divided by it before decoding; no part of the graph. */
  readonly scalingFactor: number;
}

/**
 * Reads the `config.json` of diffusers' AutoencoderKLTemporalDecoder. Missing keys take the published defaults. Throws
 * `ConfigError`, which names the key.
 */
export function readTemporalVaeConfig(json: ConfigJson): TemporalVaeConfig {
  const r = new ConfigReader('AutoencoderKLTemporalDecoder', json);
  const channels = counts(r, json, 'block_out_channels', [64]);
  const block = 'DownEncoderBlock2D';
  blockTypes(r, json, 'down_block_types', channels.length, [block], [block]);
  const groups = r.count('norm_num_groups', publishedGroups);
  checkDivides(r, 'norm_num_groups', groups, channels);
  return {
    channels,
    layersPerBlock: r.count('layers_per_block', 1),
    groups,
    middleAttention: true,
    latentChannels: r.count('latent_channels', 4),
    inChannels: r.count('in_channels', 3),
    outChannels: r.count('out_channels', 3),
    scalingFactor: r.positive('scaling_factor', 0.18215),
  };
}
