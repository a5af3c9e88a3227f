import {
  add,
  type CacheState,
  constant,
  describe,
  GraphError,
  gemm,
  groupQueryAttention,
  mul,
  normal,
  reshape,
  rotary,
  type Scope,
  type Tensor,
} from '../../graph/index.ts';
import { activation, embedding, linear, mergeHeads, rmsNorm, splitHeads } from '../../nn/index.ts';
import { causalBias } from '../causal.ts';
import {
  cachedAttention,
  causalAttention,
  causalBlocks,
  type KeyValue,
  type QueryBlock,
} from './attention.ts';
import type { LlamaCache } from './cache.ts';
import type { LlamaConfig } from './configs.ts';
import { type RopeTables, ropeTables } from './rope.ts';

// Legend: b batch, t new positions, d width

/** Options of `llama`. */
export interface LlamaOptions {
  /** Rotary tables of the positions; by default positions 0 .. t - 1. */
  readonly rope?: RopeTables<Tensor>;
  /**
   * Added to the attention scores, [b or 1, 1, t, capacity + t]; just causal by default. See `attentionBias`. A
   * position never sees later ones, even where the bias would let it.
   */
  readonly bias?: Tensor;
  /** Cached keys and values of each layer, [b, kvHeads, capacity, headDim]; needs `rope` and `bias`. */
  readonly past?: readonly KeyValue[];
  /** A cache that is extended in place, instead of `rope`, `bias` and `past`; for one sequence, b = 1. */
  readonly cache?: LlamaCache;
  /** Applied in training to what attention and MLP of each layer add to the residual stream. */
  readonly dropout?: (x: Tensor) => Tensor;
}

/** Outputs of `llama`. */
export interface LlamaOutput {
  /** The input, then the output of each layer; the last one after the final norm. layers + 1 tensors [b, t, d]. */
  readonly hiddenStates: readonly Tensor[];
  /** Features after the final norm, [batch, t, hiddenSize]. */
  readonly lastHiddenState: Tensor;
  /** Keys and values of the new positions in each layer, to be written into the cache; with `cache` all of it. */
  readonly current: readonly KeyValue[];
}

/**
 * LLaMA (Touvron et al., 2023; transformers' LlamaForCausalLM without its output layer). `x` [b, t, hiddenSize]:
 * embeddings from `llamaEmbed` or from anywhere else.
 */
export function llama(p: Scope, config: LlamaConfig, x: Tensor, options: LlamaOptions = {}): LlamaOutput {
  const t = checkInput(config, x, options);
  const context = options.cache ? undefined : attentionContext(config, t, options);
  const drop = options.dropout ?? ((y) => y);
  const model = p.at('model');
  const hiddenStates = [x];
  const current: KeyValue[] = [];
  let h = x;
  const shared = context
    ? [context.rope.cos, context.rope.sin, ...context.blocks.map(({ bias }) => bias)]
    : [];
  for (let i = 0; i < config.layers; i++) {
    const layer = model.at('layers', i);
    const x = h;
    h = layer.block([x, ...shared], () => {
      const normed = rmsNorm(layer.at('input_layernorm'), x, config.rmsNormEps);
      const attended = context
        ? selfAttention(layer.at('self_attn'), config, normed, { ...context, past: options.past?.[i] })
        : cachedSelfAttention(layer.at('self_attn'), config, normed, options.cache as LlamaCache, i);
      current.push(attended.current);
      const mixed = add(x, drop(attended.y));
      const inner = rmsNorm(layer.at('post_attention_layernorm'), mixed, config.rmsNormEps);
      return add(mixed, drop(mlp(layer.at('mlp'), config, inner)));
    });
    hiddenStates.push(h);
  }
  const lastHiddenState = rmsNorm(model.at('norm'), h, config.rmsNormEps);
  hiddenStates[config.layers] = lastHiddenState;
  return { hiddenStates, lastHiddenState, current };
}

interface AttentionContext {
  readonly rope: RopeTables<Tensor>;
  readonly bias: Tensor;
  /** The bias in blocks, where there is no cache. */
  readonly blocks: readonly QueryBlock[];
  readonly past: KeyValue | undefined;
}

function attentionContext(
  config: LlamaConfig,
  t: number,
  options: LlamaOptions,
): Omit<AttentionContext, 'past'> {
  const bias = options.bias ?? causalBias(t);
  return {
    rope: options.rope ?? constantRope(config, t),
    bias,
    blocks: options.past ? [] : causalBlocks(bias),
  };
}

function selfAttention(
  p: Scope,
  config: LlamaConfig,
  x: Tensor,
  { rope, bias, blocks, past }: AttentionContext,
): { y: Tensor; current: KeyValue } {
  const { hiddenSize, heads, kvHeads, headDim, attentionBias } = config;
  const options = { bias: attentionBias, init: normal(config.initializerRange) };
  const project = (name: string, count: number): Tensor =>
    splitHeads(linear(p.at(name), x, count * headDim, options), count); // [b, count, t, headDim]
  const q = rotary(project('q_proj', heads), rope.cos, rope.sin);
  const key = rotary(project('k_proj', kvHeads), rope.cos, rope.sin);
  const current = { key, value: project('v_proj', kvHeads) };
  const attended = past ? cachedAttention(q, past, current, bias) : causalAttention(q, current, blocks);
  const mixed = mergeHeads(attended); // [b, t, heads * headDim]
  return { y: linear(p.at('o_proj'), mixed, hiddenSize, options), current };
}

function cachedSelfAttention(
  p: Scope,
  config: LlamaConfig,
  x: Tensor,
  { bits, layers, ...inputs }: LlamaCache,
  layer: number,
): { y: Tensor; current: KeyValue } {
  const { hiddenSize, heads, kvHeads, headDim, attentionBias } = config;
  const options = { bias: attentionBias, init: normal(config.initializerRange) };
  const rows = (name: string, count: number): Tensor => linear(p.at(name), x, count * headDim, options);
  const { y, key, value } = groupQueryAttention(
    {
      query: rows('q_proj', heads), // [1, t, heads * headDim]
      key: rows('k_proj', kvHeads),
      value: rows('v_proj', kvHeads),
      past: layers[layer] as CacheState,
      ...inputs,
    },
    { heads, kvHeads, bits },
  );
  return { y: linear(p.at('o_proj'), y, hiddenSize, options), current: { key, value } };
}

/** The gated MLP (SwiGLU; Shazeer, 2020). */
function mlp(p: Scope, config: LlamaConfig, x: Tensor): Tensor {
  const { hiddenSize, intermediateSize, mlpBias } = config;
  const options = { bias: mlpBias, init: normal(config.initializerRange) };
  const gate = activation(config.activation)(linear(p.at('gate_proj'), x, intermediateSize, options));
  const up = linear(p.at('up_proj'), x, intermediateSize, options);
  return linear(p.at('down_proj'), mul(gate, up), hiddenSize, options);
}

/** Token embeddings: ids int64 [b, t] -> [b, t, hiddenSize]. */
export function llamaEmbed(p: Scope, config: LlamaConfig, ids: Tensor): Tensor {
  const { vocabSize, hiddenSize, initializerRange } = config;
  return embedding(p.at('model', 'embed_tokens'), ids, vocabSize, hiddenSize, normal(initializerRange));
}

/** The output layer: [..., hiddenSize] -> logits [..., vocabSize]. */
export function llamaLogits(p: Scope, config: LlamaConfig, hidden: Tensor): Tensor {
  const { vocabSize, hiddenSize, initializerRange, tieWordEmbeddings } = config;
  const layer = tieWordEmbeddings ? p.at('model', 'embed_tokens') : p.at('lm_head');
  const weight = layer.param('weight', [vocabSize, hiddenSize], normal(initializerRange));
  const logits = gemm(reshape(hidden, [-1, hiddenSize]), weight, { transB: true });
  return reshape(logits, [...hidden.shape.slice(0, -1), vocabSize]);
}

function constantRope(config: LlamaConfig, t: number): RopeTables<Tensor> {
  const { cos, sin } = ropeTables(
    config,
    Array.from({ length: t }, (_, i) => i),
  );
  return { cos: constant(cos), sin: constant(sin) };
}

function checkInput(config: LlamaConfig, x: Tensor, { rope, bias, past }: LlamaOptions): number {
  if (x.rank !== 3 || x.dim(2) !== config.hiddenSize) {
    throw new GraphError(`LLaMA: expected embeddings [b, t, ${config.hiddenSize}], got ${describe(x)}`);
  }
  if (past && (!rope || !bias)) {
    throw new GraphError('LLaMA: a cache needs rope and bias, which say where the new positions stand');
  }
  if (past && past.length !== config.layers) {
    throw new GraphError(`LLaMA: past must have ${config.layers} layers, got ${past.length}`);
  }
  return x.dim(1);
}
