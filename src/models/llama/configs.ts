import type { ConfigJson } from '../../base/configJson.ts';
import { ConfigReader, checkHeads } from '../configs.ts';

/** A LLaMA model (Touvron et al., 2023), from the `config.json` of transformers’ LlamaForCausalLM. */
export interface LlamaConfig {
  /** Rows of the embedding. */
  readonly vocabSize: number;
  /** Width of the token features. */
  readonly hiddenSize: number;
  /** Width of the MLP’s hidden layer. */
  readonly intermediateSize: number;
  /** Transformer blocks. */
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key/value heads; each serves heads / kvHeads query heads. */
  readonly kvHeads: number;
  /** Width of one head. */
  readonly headDim: number;
  /** Activation of the MLP, by its name in transformers. */
  readonly activation: string;
  /** Epsilon of the RMS norms. */
  readonly rmsNormEps: number;
  /** Base of the rotary embedding’s frequencies. */
  readonly ropeTheta: number;
  /** Longest sequence, in positions. */
  readonly maxPositions: number;
  /** Whether the attention’s projections have biases. */
  readonly attentionBias: boolean;
  /** Whether the MLP’s layers have biases. */
  readonly mlpBias: boolean;
  /** The output layer is the transposed embedding. */
  readonly tieWordEmbeddings: boolean;
  /** Standard deviation of freshly drawn weights. */
  readonly initializerRange: number;
}

/**
 * Reads the `config.json` of transformers' LlamaForCausalLM. Missing keys take the published defaults (LLaMA-7B).
 * Throws `ConfigError`, which names the key.
 */
export function readLlamaConfig(json: ConfigJson): LlamaConfig {
  const r = new ConfigReader('LLaMA', json);
  r.choice('model_type', ['llama'], 'llama');
  r.neutral('rope_scaling');
  r.neutral('quantization_config');
  r.neutral('partial_rotary_factor', 1);
  r.neutral('sliding_window');
  // newer configs keep theta in an object
  const rope = new ConfigReader('LLaMA rope_parameters', r.object('rope_parameters') ?? {});
  rope.choice('rope_type', ['default'], 'default');
  rope.neutral('partial_rotary_factor', 1);

  const hiddenSize = r.count('hidden_size', 4096);
  const heads = r.count('num_attention_heads', 32);
  if (!r.has('head_dim')) checkHeads(r, 'num_attention_heads', heads, hiddenSize);
  const kvHeads = r.count('num_key_value_heads', heads);
  if (heads % kvHeads !== 0) r.fail('num_key_value_heads', `must divide num_attention_heads ${heads}`);
  const headDim = r.count('head_dim', hiddenSize / heads);
  if (headDim % 2 !== 0) {
    const key = r.has('head_dim') ? 'head_dim' : 'hidden_size';
    r.fail(key, `must give heads of an even size (rotary embedding), not ${headDim}`);
  }
  return {
    vocabSize: r.count('vocab_size', 32000),
    hiddenSize,
    intermediateSize: r.count('intermediate_size', 11008),
    layers: r.count('num_hidden_layers', 32),
    heads,
    kvHeads,
    headDim,
    activation: r.choice('hidden_act', ['silu', 'swish', 'gelu', 'relu', 'quick_gelu', 'tanh'], 'silu'),
    rmsNormEps: r.positive('rms_norm_eps', 1e-6),
    ropeTheta: rope.positive('rope_theta', r.positive('rope_theta', 10000)),
    maxPositions: r.count('max_position_embeddings', 2048),
    attentionBias: r.boolean('attention_bias', false),
    mlpBias: r.boolean('mlp_bias', false),
    tieWordEmbeddings: r.boolean('tie_word_embeddings', false),
    initializerRange: r.positive('initializer_range', 0.02),
  };
}
