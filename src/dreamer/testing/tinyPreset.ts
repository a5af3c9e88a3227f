import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { f32, input, Parameters, type Scope, type TensorData } from '../../graph/index.ts';
import {
  autoregressorConfig,
  autoregressorStep,
  identifierWords,
  stepInputs,
} from '../../models/autoregressor/index.ts';
import {
  clipTextWithProjection,
  clipVisionWithProjection,
  readClipTextConfig,
  readClipVisionConfig,
} from '../../models/clip/index.ts';
import { compressor, compressorConfig } from '../../models/compressor/index.ts';
import {
  contextRows,
  pooledTokens,
  rendererContext,
  rendererContextConfig,
} from '../../models/rendererContext/index.ts';
import { readSvdUNetConfig, svdUNet } from '../../models/svd/index.ts';
import { readUNet2DConfig, unet2d } from '../../models/unet2d/index.ts';
import { writeSafetensors } from '../../runtime/index.ts';
import { trainTokenizer } from '../../training/bpe.ts';
import { initialValues } from '../../training/initialise.ts';
import { decodeImage, encodeImage, readImageCodecConfig } from '../imageCodec.ts';
import type { ModelName } from '../preset.ts';

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
  renderer: { tokenDim: 8, sentenceDim: 8, faceDim: 6, pooledDim: 8 },
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

/** Declares all parameters of a model. */
const build: { readonly [K in Exclude<ModelName, 'decoder'>]: (p: Scope) => unknown } = {
  clip: (p) => {
    const text = readClipTextConfig(tinyConfigs.clip);
    clipVisionWithProjection(p, readClipVisionConfig(tinyConfigs.clip), input('pixels', [1, 3, 16, 16]));
    clipTextWithProjection(p, text, input('ids', [1, 32], 'int64'), input('ends', [1], 'int64'));
  },
  face: (p) =>
    clipVisionWithProjection(p, readClipVisionConfig(tinyConfigs.face), input('pixels', [1, 3, 16, 16])),
  vae: (p) => {
    const config = readImageCodecConfig(tinyConfigs.vae);
    encodeImage(p, config, input('image', [1, 3, 32, 56]));
    decodeImage(p, config, input('latents', [1, 4, 8, 14]));
  },
  compressor: (p) =>
    compressor(p, input('spatial', [1, 4, 16]), compressorConfig.parse(tinyConfigs.compressor)),
  unet: (p) =>
    unet2d(p, readUNet2DConfig(tinyConfigs.unet), {
      sample: input('sample', [1, 4, 8, 14]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('context', [1, 22, 8]),
      textEmbeds: input('text', [1, 8]),
      timeIds: input('ids', [1, 6]),
    }),
  renderer: (p) => {
    const config = rendererContextConfig.parse(tinyConfigs.renderer);
    const tokens = input('tokens', [1, 2, 8]);
    const rows = input('rows', [1, contextRows(config)]);
    rendererContext(
      p,
      { tokens, sentences: input('s', [1, 15, 8]), faces: input('f', [1, 5, 6]), rows },
      config,
    );
    pooledTokens(p, tokens, config);
  },
  autoregressor: (p) => {
    const config = autoregressorConfig.parse(tinyConfigs.autoregressor);
    const shape = { batch: 1, length: 1, capacity: 1, reads: 1, text: 1, sentences: 1, faces: 1, visual: 1 };
    autoregressorStep(p, config, stepInputs(config, shape));
  },
  animator: (p) =>
    svdUNet(p, readSvdUNetConfig(tinyConfigs.animator), {
      sample: input('sample', [1, 3, 8, 8, 14]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('context', [1, 1, 8]),
      addedTimeIds: input('ids', [1, 3]),
    }),
};

/** Writes the preset and its weights into `folder`/tiny and `folder`/weights. */
export async function writeTinyPreset(
  folder: string,
  seed = 1,
): Promise<{ preset: string; weights: string }> {
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
  for (const [model, declare] of Object.entries(build)) {
    const parameters = new Parameters();
    declare(parameters.scope());
    await mkdir(join(weights, model), { recursive: true });
    await writeSafetensors(join(weights, model, 'model.safetensors'), tinyWeights(parameters, seed));
  }
  await writeFile(join(weights, 'clip', 'tokenizer.json'), JSON.stringify(tokenizer));
  return { preset, weights };
}

/** Fresh values, but none all zero: so that every layer has a say in what comes out. */
function tinyWeights(parameters: Parameters, seed: number): Record<string, TensorData> {
  const all = [...parameters].map((p): [string, TensorData] => {
    const init =
      p.init.kind === 'zeros' && p.shape.length > 1 ? ({ kind: 'normal', std: 0.1 } as const) : p.init;
    return [p.name, f32(initialValues({ ...p, init }, seed), p.shape)];
  });
  return Object.fromEntries(all);
}
