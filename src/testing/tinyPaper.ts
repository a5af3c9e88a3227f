import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../presets/preset.ts';

/** The theatre's tokenizer stands in for published ones; its ids end here. */
const words = 1500;
const vision = {
  model_type: 'clip_vision_model',
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  image_size: 16,
  patch_size: 8,
};
const openai = {
  embed_dim: 8,
  image_resolution: 16,
  vision_layers: 2,
  vision_width: 64,
  vision_patch_size: 8,
  vocab_size: words,
  transformer_width: 64,
  transformer_layers: 2,
};
const coder = {
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  block_out_channels: [8, 16],
  layers_per_block: 1,
  norm_num_groups: 4,
};
const half = 'SpatioTemporal';

/** Every part of the paper's preset, small: pictures of 64 x 32, clips of 3 frames a segment. */
const configs: Readonly<Record<string, object>> = {
  clip: {
    model_type: 'clip',
    projection_dim: 8,
    vision_config: vision,
    text_config: {
      ...{ model_type: 'clip_text_model', hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2 },
      ...{ num_attention_heads: 2, max_position_embeddings: 32, vocab_size: words, eos_token_id: words - 1 },
    },
  },
  text: { ...openai, context_length: 32, keep_len: 4 },
  face: { ...openai, embed_dim: 6, context_length: 16 },
  vae: {
    _class_name: 'AutoencoderKL',
    ...coder,
    down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
    up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
    scaling_factor: 0.13,
  },
  compressor: { tokens: 4, inputDim: 32, heads: 2, blocksBefore: 1, blocksAfter: 1, outputDim: 8 },
  renderer: { tokenDim: 8, sentenceDim: 8, faceDim: 6, pooledDim: 8 },
  unet: {
    _class_name: 'UNet2DConditionModel',
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [32, 64],
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
      ...{ model_type: 'llama', vocab_size: words, hidden_size: 64, intermediate_size: 96 },
      ...{ num_hidden_layers: 3, num_attention_heads: 4, max_position_embeddings: 256 },
    },
    ...{ tokenDim: 8, sentenceDim: 8, faceDim: 6, specialTokens: 2, contextFrames: 4 },
    mixture: { components: 3 },
  },
  animator: {
    _class_name: 'UNetSpatioTemporalConditionModel',
    in_channels: 8,
    out_channels: 4,
    block_out_channels: [32, 64],
    down_block_types: [`CrossAttnDownBlock${half}`, `DownBlock${half}`],
    up_block_types: [`UpBlock${half}`, `CrossAttnUpBlock${half}`],
    num_attention_heads: [1, 2],
    layers_per_block: 1,
    transformer_layers_per_block: 1,
    norm_num_groups: 4,
    cross_attention_dim: 8,
    addition_time_embed_dim: 4,
    projection_class_embeddings_input_dim: 12,
    num_frames: 3,
  },
  animator_vae: {
    _class_name: 'AutoencoderKLTemporalDecoder',
    ...coder,
    down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
    scaling_factor: 0.18,
  },
  animator_image_encoder: { ...vision, projection_dim: 8, hidden_act: 'gelu' },
};

const files: Readonly<Record<string, object>> = {
  'autoregressor/generation_config.json': { temperature: 1, capacity: 160 },
  'renderer/generation_config.json': { width: 64, height: 32, steps: 2, guidance: 2 },
  'animator/generation_config.json': { movieFps: 12, fps: 4, steps: 2, decodeBatch: 2 },
};

/**
 * The paper's preset at a size for tests, in `folder`/paper: its own `models.json` and `memory.json`, so that everything lies
 * and runs as the real checkpoints do. Weights come from `synthesize`.
 */
export async function writeTinyPaper(folder: string): Promise<string> {
  const preset = join(folder, 'paper');
  const own = join(packageRoot, 'presets/paper');
  const json = async (path: string, value: object): Promise<void> => {
    await mkdir(join(preset, path, '..'), { recursive: true });
    await writeFile(join(preset, path), JSON.stringify(value));
  };
  for (const [part, config] of Object.entries(configs)) await json(`${part}/config.json`, config);
  for (const [path, value] of Object.entries(files)) await json(path, value);
  const preprocess = { size: { height: 16, width: 16 }, do_center_crop: false };
  for (const part of ['clip', 'face', 'animator_image_encoder'])
    await json(`${part}/preprocessor_config.json`, preprocess);
  for (const file of ['scheduler/scheduler_config.json', 'animator/scheduler_config.json']) {
    await mkdir(join(preset, file, '..'), { recursive: true });
    await copyFile(join(own, file), join(preset, file));
  }
  await mkdir(join(preset, 'training'), { recursive: true });
  for (const file of ['models.json', 'memory.json']) await copyFile(join(own, file), join(preset, file));
  return preset;
}
