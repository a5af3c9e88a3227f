import { type ConfigJson, fileOf, fromFile } from '../../base/configJson.ts';
import { ConfigReader, checkHeads } from '../configs.ts';

/** Activation of CLIP’s MLPs: `quick_gelu` in OpenAI’s models. */
export type ClipActivation = 'quick_gelu' | 'gelu';

/** What both towers have. */
export interface ClipEncoderConfig {
  /** Width of the token features. */
  readonly hiddenSize: number;
  /** Width of the MLP’s hidden layer. */
  readonly intermediateSize: number;
  /** Transformer blocks. */
  readonly layers: number;
  /** Attention heads. */
  readonly heads: number;
  /** Activation of the MLPs. */
  readonly activation: ClipActivation;
  /** Epsilon of the layer norms. */
  readonly layerNormEps: number;
  /** Width of the shared space that the projection leads to. */
  readonly projectionDim: number;
  /** Scale of freshly drawn weights. */
  readonly initializerFactor: number;
}

/** CLIP’s vision tower (Radford et al., 2021). */
export interface ClipVisionConfig extends ClipEncoderConfig {
  /** Channels of the pictures. */
  readonly channels: number;
  /** Pictures are square. */
  readonly imageSize: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Standard deviation of freshly drawn weights. */
  readonly initializerRange: number;
}

/** CLIP’s text tower (Radford et al., 2021). */
export interface ClipTextConfig extends ClipEncoderConfig {
  /** Rows of the token embedding. */
  readonly vocabSize: number;
  /** 77 for CLIP, 248 for LongCLIP. */
  readonly positions: number;
  /** 2 in configs from before the id was stored correctly: then the highest id of a sequence is its end. */
  readonly eosTokenId: number;
}

function encoder(r: ConfigReader, hidden: number, heads: number): ClipEncoderConfig {
  const hiddenSize = r.count('hidden_size', hidden);
  const config = {
    hiddenSize,
    intermediateSize: r.count('intermediate_size', hidden * 4),
    layers: r.count('num_hidden_layers', 12),
    heads: r.count('num_attention_heads', heads),
    activation: r.choice('hidden_act', ['quick_gelu', 'gelu'], 'quick_gelu'),
    layerNormEps: r.positive('layer_norm_eps', 1e-5),
    projectionDim: r.count('projection_dim', 512),
    initializerFactor: r.positive('initializer_factor', 1),
  };
  checkHeads(r, 'num_attention_heads', config.heads, hiddenSize);
  r.neutral('quantization_config');
  return config;
}

/** The tower's part of a config: itself, or `vision_config` / `text_config` of a whole CLIP's config. */
function part(json: ConfigJson, key: 'vision_config' | 'text_config', who: string): ConfigReader {
  const whole = new ConfigReader(who, json);
  whole.choice(
    'model_type',
    ['clip', 'clip_vision_model', 'clip_text_model'],
    key === 'vision_config' ? 'clip_vision_model' : 'clip_text_model',
  );
  const nested = whole.object(key);
  if (!nested) return whole;
  // the projection belongs to the whole model, and only there its width is certain
  const width = whole.has('projection_dim') ? { projection_dim: json.projection_dim } : {};
  return new ConfigReader(`${who} ${key}`, fromFile({ ...nested, ...width }, fileOf(json)));
}

/**
 * Reads the `config.json` of transformers' CLIPVisionModel(WithProjection), or the vision part of a whole CLIP's.
 * Missing keys take the published defaults (ViT-B/32). Throws `ConfigError`, which names the key.
 */
export function readClipVisionConfig(json: ConfigJson): ClipVisionConfig {
  const r = part(json, 'vision_config', 'CLIP vision');
  const config = {
    ...encoder(r, 768, 12),
    channels: r.count('num_channels', 3),
    imageSize: r.count('image_size', 224),
    patchSize: r.count('patch_size', 32),
    initializerRange: r.positive('initializer_range', 0.02),
  };
  if (config.patchSize > config.imageSize)
    r.fail('patch_size', `must fit into image_size ${config.imageSize}`);
  return config;
}

/**
 * Reads the `config.json` of transformers' CLIPTextModel(WithProjection), or the text part of a whole CLIP's. Missing
 * keys take the published defaults. Throws `ConfigError`, which names the key.
 */
export function readClipTextConfig(json: ConfigJson): ClipTextConfig {
  const r = part(json, 'text_config', 'CLIP text');
  return {
    ...encoder(r, 512, 8),
    vocabSize: r.count('vocab_size', 49408),
    positions: r.count('max_position_embeddings', 77),
    eosTokenId: r.index('eos_token_id', 49407),
  };
}

/** CLIP in OpenAI's layout (also FaRL's and LongCLIP's checkpoints), which publishes no config file. */
export interface ClipOpenaiConfig {
  /** The vision tower. */
  readonly vision: ClipVisionConfig;
  /** The text tower. */
  readonly text: ClipTextConfig;
  /** LongCLIP: the first rows that come from the first of two position tables; undefined where there is one table. */
  readonly keepLength: number | undefined;
}

/**
 * Reads the arguments of OpenAI's and Long-CLIP's `CLIP` class, by their names there: embed_dim, image_resolution,
 * vision_layers, vision_width, vision_patch_size, vision_heads, context_length, vocab_size, transformer_width,
 * transformer_heads, transformer_layers, and keep_len (20 in LongCLIP). Head counts default to width / 64, as there.
 */
export function readClipOpenaiConfig(json: ConfigJson): ClipOpenaiConfig {
  const r = new ConfigReader('CLIP (OpenAI layout)', json);
  const shared = {
    activation: r.choice('hidden_act', ['quick_gelu', 'gelu'], 'quick_gelu'),
    layerNormEps: 1e-5,
    projectionDim: r.count('embed_dim'),
    initializerFactor: 1,
  };
  const tower = (name: 'vision' | 'transformer'): ClipEncoderConfig => {
    const hiddenSize = r.count(`${name}_width`);
    const heads = r.count(`${name}_heads`, Math.max(1, Math.floor(hiddenSize / 64)));
    checkHeads(r, `${name}_heads`, heads, hiddenSize);
    // four numbers here mean a ResNet
    const layers = r.count(`${name}_layers`);
    return { ...shared, hiddenSize, intermediateSize: hiddenSize * 4, layers, heads };
  };
  const positions = r.count('context_length', 77);
  const keepLength = r.has('keep_len') ? r.index('keep_len') : undefined;
  if (keepLength !== undefined && keepLength > positions) {
    r.fail('keep_len', `must be at most context_length ${positions}`);
  }
  return {
    vision: {
      ...tower('vision'),
      channels: 3,
      imageSize: r.count('image_resolution'),
      patchSize: r.count('vision_patch_size'),
      initializerRange: 0.02,
    },
    text: {
      ...tower('transformer'),
      vocabSize: r.count('vocab_size', 49408),
      positions,
      eosTokenId: 2, // the highest id ends a sequence
    },
    keepLength,
  };
}
