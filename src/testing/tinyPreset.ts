import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainTokenizer } from '../inference/trainTokenizer.ts';
import { identifierWords } from '../models/autoregressor/index.ts';
import { Preset } from '../presets/preset.ts';
import { writeRandomWeights } from './randomWeights.ts';

const sentences = ['Mara shows Tom the light between the trees.', 'Snowy forest', 'Night', 'Close-up'];
const tokenizer = trainTokenizer(sentences, 600);
const vocabulary = Object.keys(tokenizer.model.vocab).length;

/**
 * A preset in which every model is real and small: pictures of 56 x 32, clips of 3 frames a segment, weights drawn at
 * random. What it makes is noise, made in milliseconds.
 */
const tinyConfigs = {
  clip: {
    model_type: 'clip',
    projection_dim: 8,
    vision_config: {
      model_type: 'clip_vision_model',
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      image_size: 16,
      patch_size: 8,
    },
    text_config: {
      model_type: 'clip_text_model',
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      max_position_embeddings: 32,
      vocab_size: vocabulary,
      eos_token_id: vocabulary - 1,
    },
  },
  face: {
    model_type: 'clip_vision_model',
    projection_dim: 6,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    image_size: 16,
    patch_size: 8,
  },
  vae: {
    _class_name: 'AutoencoderKL',
    in_channels: 12,
    out_channels: 12,
    patch_size: 2,
    latent_channels: 4,
    block_out_channels: [8, 16],
    down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
    up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
    layers_per_block: 1,
    norm_num_groups: 4,
    mid_block_add_attention: false,
    scaling_factor: 1,
  },
  compressor: { tokens: 4, inputDim: 16, heads: 2, blocksBefore: 1, blocksAfter: 1, outputDim: 8 },
  renderer: { tokenDim: 8, sentenceDim: 8, faceDim: 6, pooledDim: 8, standardize: true, places: true },
  unet: {
    _class_name: 'UNet2DConditionModel',
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [8, 16],
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    attention_head_dim: [1, 2],
    layers_per_block: 1,
    norm_num_groups: 4,
    cross_attention_dim: 8,
    transformer_layers_per_block: [1, 1],
    use_linear_projection: true,
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 4,
    projection_class_embeddings_input_dim: 32,
  },
  autoregressor: {
    llama: {
      vocab_size: identifierWords.length,
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      max_position_embeddings: 512,
    },
    tokenDim: 8,
    sentenceDim: 8,
    faceDim: 6,
    mixture: { components: 3 },
    contextFrames: 4,
  },
  animator: {
    _class_name: 'UNetSpatioTemporalConditionModel',
    in_channels: 8,
    out_channels: 4,
    block_out_channels: [8, 16],
    down_block_types: ['CrossAttnDownBlockSpatioTemporal', 'DownBlockSpatioTemporal'],
    up_block_types: ['UpBlockSpatioTemporal', 'CrossAttnUpBlockSpatioTemporal'],
    num_attention_heads: [1, 2],
    layers_per_block: 1,
    transformer_layers_per_block: 1,
    norm_num_groups: 4,
    cross_attention_dim: 8,
    addition_time_embed_dim: 4,
    projection_class_embeddings_input_dim: 12,
    num_frames: 3,
  },
  scheduler: {
    _class_name: 'DDIMScheduler',
    beta_schedule: 'scaled_linear',
    beta_start: 0.00085,
    beta_end: 0.012,
    prediction_type: 'v_prediction',
    rescale_betas_zero_snr: true,
    timestep_spacing: 'trailing',
    clip_sample: false,
  },
} as const;

const preprocess = {
  size: { height: 16, width: 16 },
  do_center_crop: false,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

const generation = {
  autoregressor: { temperature: 1, capacity: 120, chunk: 32 },
  renderer: { width: 56, height: 32, steps: 3, guidance: 1.5 },
  animator: { movieFps: 12, fps: 2, steps: 2, decodeBatch: 2 },
};

/** A few small frames to train on. */
const data = {
  width: 112,
  height: 64,
  train: { seed: 1, episodes: 1, shots: [8, 8] },
  validation: { seed: 2, episodes: 1, shots: [8, 8] },
};

/** What is smaller than in the theatre preset's own training of the VAE. */
const vaeTraining = { steps: 60, batchSize: 2, checkpointEvery: 10, sampleEvery: 30, crop: 32 };

/** Writes the preset and its weights into `folder`/tiny and `folder`/weights. */
export async function writeTinyPreset(
  folder: string,
  seed = 1,
): Promise<{ preset: string; weights: string }> {
  const places = await writeTinyConfigs(folder);
  await writeRandomWeights(await Preset.open(places.preset, { weights: places.weights }), seed);
  return places;
}

/** The preset without its weights, for those who change its configs first; its tokenizer is there. */
export async function writeTinyConfigs(folder: string): Promise<{ preset: string; weights: string }> {
  const preset = join(folder, 'tiny');
  const weights = join(folder, 'weights');
  const json = async (part: string, file: string, value: object): Promise<void> => {
    await mkdir(join(preset, part), { recursive: true });
    await writeFile(join(preset, part, file), JSON.stringify(value));
  };
  for (const [part, config] of Object.entries(tinyConfigs)) {
    await json(part, part === 'scheduler' ? 'scheduler_config.json' : 'config.json', config);
  }
  for (const part of ['clip', 'face']) await json(part, 'preprocessor_config.json', preprocess);
  for (const [part, config] of Object.entries(generation)) await json(part, 'generation_config.json', config);
  await json('training', 'data.json', data);
  const theatre = await (await Preset.open('theatre')).config('training', 'vae.json');
  await json('training', 'vae.json', { ...theatre, ...vaeTraining });
  await mkdir(join(weights, 'clip'), { recursive: true });
  await writeFile(join(weights, 'clip', 'tokenizer.json'), JSON.stringify(tokenizer));
  return { preset, weights };
}
