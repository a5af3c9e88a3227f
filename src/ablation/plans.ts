import { generationConfig } from '../inference/index.ts';
import { type ConfigChanges, type Json, type JsonObject, type Preset, together } from '../presets/index.ts';
import { type AblationSettings, stepsOf } from './settings.ts';

/**
 * How variants are trained: for minutes, so with smaller models and shorter sequences than the preset's own, the same for
 * all variants of an experiment.
 */
export const plans = {
  /** Most positions of a training sequence, sequences of a batch, batches. */
  autoregressor: {
    length: 320,
    batchSize: 8,
    steps: 600,
    layers: 3,
    width: 128,
    headWidth: 32,
    peak: 1.5e-3,
  },
  tokenizer: { steps: 800, batchSize: 64 },
  renderer: { steps: 1100, batchSize: 16, layers: 2, width: 128, headWidth: 32 },
  /** Steps between two checkpoints, the EMA's decay, and steps of warm-up at the most. */
  checkpointEvery: 200,
  emaDecay: 0.99,
  warmup: 30,
} as const;

/** Sizes of a variant's training and validation sets; drawn as the preset's own are, from its seeds. */
async function data(base: Preset, episodes: number): Promise<ConfigChanges> {
  const { train, validation } = (await base.config('training', 'data.json')) as Record<string, JsonObject>;
  return {
    'training/data.json': {
      train: { ...train, episodes, shots: [10, 12] },
      validation: { ...validation, episodes: 8, shots: [12, 12] },
    },
  };
}

/** The autoregressor, small and soon trained; `episodes` of the training split. */
export async function autoregressorPlan(
  base: Preset,
  settings: AblationSettings,
  episodes: number = settings.trainEpisodes,
): Promise<ConfigChanges> {
  const { length, batchSize, layers, width, headWidth, peak, steps } = plans.autoregressor;
  const { llama = {} } = (await base.config('autoregressor')) as { llama?: Record<string, Json> };
  const { capacity = length } = await generationConfig(base, 'autoregressor');
  const heads = width / headWidth;
  const smaller = {
    hidden_size: width,
    intermediate_size: Math.round((8 * width) / 3 / 16) * 16, // LLaMA's ratio
    num_hidden_layers: Math.min(layers, Number(llama.num_hidden_layers)),
    num_attention_heads: heads,
    num_key_value_heads: heads,
  };
  return together(await data(base, episodes), {
    'autoregressor/config.json': Number(llama.hidden_size) > width ? { llama: smaller } : {},
    // no more context in generation than in training
    'autoregressor/generation_config.json': { capacity: Math.min(length, capacity) },
    'training/autoregressor.json': {
      ...schedule(stepsOf(steps, settings), peak),
      batchSize,
      length,
      accumulate: 1,
    },
  });
}

/** The tokenizer's draft steps alone, into `tokens` tokens; the pooled slot is as wide as they are together. */
export async function tokenizerPlan(
  base: Preset,
  settings: AblationSettings,
  tokens: number,
): Promise<ConfigChanges> {
  const steps = stepsOf(plans.tokenizer.steps, settings);
  const { tokenDim } = await base.config('renderer');
  const { addition_time_embed_dim: ids } = await base.config('unet');
  const pooled = tokens * Number(tokenDim);
  return together(together(await data(base, settings.trainEpisodes), await smallUNet(base)), {
    'compressor/config.json': { outputTokens: tokens },
    'renderer/config.json': { tokens, pooledDim: pooled },
    'unet/config.json': { projection_class_embeddings_input_dim: pooled + 6 * Number(ids) }, // and six sizes
    'training/tokenizer.json': {
      ...schedule(steps, 1e-3),
      draftSteps: steps,
      draftBatch: plans.tokenizer.batchSize,
    },
  });
}

/** The renderer's draft steps alone, with or without sentences and faces. */
export function rendererPlan(settings: AblationSettings, identityRows: boolean): ConfigChanges {
  const steps = stepsOf(plans.renderer.steps, settings);
  return {
    'training/renderer.json': {
      ...schedule(steps, 1e-3),
      draftSteps: steps,
      draftBatch: plans.renderer.batchSize,
      identityRows,
      generatedTokens: 0, // there is no autoregressor for the variant's tokens
    },
  };
}

/** A U-Net that is only as large as it must be: none of its steps is trained here, its draft alone is. */
async function smallUNet(base: Preset): Promise<ConfigChanges> {
  const {
    block_out_channels: blocks,
    draft_width: inner = 192,
    draft_layers: depth = 0,
  } = await base.config('unet');
  const channels = blocks as readonly number[];
  const narrow = 16;
  const { layers, width, headWidth } = plans.renderer;
  return {
    'unet/config.json': {
      ...(Number(inner) > width ? { draft_width: width, draft_heads: width / headWidth } : {}),
      draft_layers: Math.min(layers, Number(depth)),
      ...((channels[0] ?? 0) > narrow
        ? {
            block_out_channels: channels.map((_, i) => narrow * 2 ** i),
            attention_head_dim: channels.map((_, i) => 2 ** i),
            norm_num_groups: narrow / 2,
          }
        : {}),
    },
  };
}

function schedule(steps: number, peak: number): Record<string, Json> {
  const { checkpointEvery, emaDecay, warmup } = plans;
  return {
    steps,
    checkpointEvery,
    sampleEvery: steps,
    emaDecay,
    learningRate: { peak, warmup: Math.min(warmup, Math.floor(steps / 10)) },
  };
}
