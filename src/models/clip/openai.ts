import {
  add,
  concat,
  expand,
  gemm,
  normal,
  reshape,
  type Scope,
  slice,
  split,
  type Tensor,
  zeros,
} from '../../graph/index.ts';
import {
  activation,
  attention,
  embedding,
  layerNorm,
  linear,
  mergeHeads,
  splitHeads,
} from '../../nn/index.ts';
import { causalBias } from '../causal.ts';
import type { ClipEncoderConfig, ClipOpenaiConfig } from './configs.ts';
import { embedPatches, gridSize } from './encoder.ts';
import { checkIds, rowsAt } from './text.ts';

// CLIP under the tensor names of OpenAI's release, which FaRL's and LongCLIP's own checkpoints keep.

/** One block; `in_proj_weight` [3 d, d] holds queries, keys and values in that order. x [b, t, d]. */
function block(p: Scope, config: ClipEncoderConfig, x: Tensor, bias: Tensor | undefined): Tensor {
  const { hiddenSize: d, intermediateSize, heads, layers, layerNormEps } = config;
  const width = 1 / Math.sqrt(d);
  const residual = normal(width / Math.sqrt(2 * layers));
  const attn = p.at('attn');
  const weight = attn.param('in_proj_weight', [3 * d, d], normal(width));
  const inBias = attn.param('in_proj_bias', [3 * d], zeros);
  const rows = reshape(layerNorm(p.at('ln_1'), x, layerNormEps), [-1, d]);
  const qkv = reshape(gemm(rows, weight, { transB: true, bias: inBias }), [x.dim(0), x.dim(1), 3 * d]);
  const [q, k, v] = split(qkv, 3, 2).map((part) => splitHeads(part, heads)) as [Tensor, Tensor, Tensor];
  const mixed = mergeHeads(attention(q, k, v, { bias })); // [b, t, d]
  const y = add(x, linear(attn.at('out_proj'), mixed, d, { init: residual }));

  const init = normal(width / Math.SQRT2);
  const inner = linear(p.at('mlp', 'c_fc'), layerNorm(p.at('ln_2'), y, layerNormEps), intermediateSize, {
    init,
  });
  return add(y, linear(p.at('mlp', 'c_proj'), activation(config.activation)(inner), d, { init: residual }));
}

function transformer(p: Scope, config: ClipEncoderConfig, x: Tensor, bias?: Tensor): Tensor {
  let y = x;
  for (let i = 0; i < config.layers; i++) y = block(p.at('resblocks', i), config, y, bias);
  return y;
}

/** Outputs of the vision tower in OpenAI’s layout. */
export interface ClipOpenaiImage {
  /** All tokens after the last block, class token first, [b, 1 + g * g, d]; not normalised. */
  readonly lastHiddenState: Tensor;
  /** [b, projectionDim], not of unit length. */
  readonly imageEmbeds: Tensor;
}

/** The vision tower, names `visual.*` (CLIP's `encode_image`). pixelValues [b, 3, imageSize, imageSize]. */
export function clipOpenaiImage(
  p: Scope,
  { vision: config }: Pick<ClipOpenaiConfig, 'vision'>,
  pixelValues: Tensor,
): ClipOpenaiImage {
  const { hiddenSize: d, channels, patchSize, layerNormEps } = config;
  const b = pixelValues.dim(0);
  const tower = p.at('visual');
  const init = normal(1 / Math.sqrt(d));
  const kernel = tower.at('conv1').param('weight', [d, channels, patchSize, patchSize], normal(0.02));
  const classToken = tower.param('class_embedding', [d], init);
  const positions = tower.param('positional_embedding', [gridSize(config) ** 2 + 1, d], init);
  const patches = embedPatches(config, pixelValues, kernel);
  const all = concat([expand(reshape(classToken, [1, 1, d]), [b, 1, d]), patches], 1); // [b, 1 + g * g, d]
  const x = layerNorm(tower.at('ln_pre'), add(all, positions), layerNormEps);
  const lastHiddenState = transformer(tower.at('transformer'), config, x);
  const pooled = layerNorm(
    tower.at('ln_post'),
    reshape(slice(lastHiddenState, 1, 0, 1), [b, d]),
    layerNormEps,
  );
  return { lastHiddenState, imageEmbeds: gemm(pooled, tower.param('proj', [d, config.projectionDim], init)) };
}

/** Outputs of the text tower in OpenAI’s layout. */
export interface ClipOpenaiText {
  /** All positions after the final norm (LongCLIP's `encode_text_full`), [b, t, d]. */
  readonly lastHiddenState: Tensor;
  /** [b, projectionDim], not of unit length. */
  readonly textEmbeds: Tensor;
}

/**
 * The text tower (CLIP's `encode_text`). `ids` int64 [b, t]; `ends` int64 [b] from `textEnds(config.text, ids)`.
 * Where the config has `keepLength`, the first rows come from `positional_embedding` and the rest from
 * `positional_embedding_res`, as LongCLIP's checkpoints hold them.
 */
export function clipOpenaiText(
  p: Scope,
  config: Pick<ClipOpenaiConfig, 'text' | 'keepLength'>,
  ids: Tensor,
  ends: Tensor,
): ClipOpenaiText {
  const { text, keepLength } = config;
  const { hiddenSize: d, vocabSize, positions, layerNormEps, projectionDim } = text;
  const t = checkIds(text, ids);
  const words = embedding(p.at('token_embedding'), ids, vocabSize, d); // [b, t, d]
  const x = add(words, slice(positionTable(p, positions, d, keepLength), 0, 0, t));
  const y = transformer(p.at('transformer'), text, x, causalBias(t));
  const lastHiddenState = layerNorm(p.at('ln_final'), y, layerNormEps);
  const projection = p.param('text_projection', [d, projectionDim], normal(1 / Math.sqrt(d)));
  return { lastHiddenState, textEmbeds: gemm(rowsAt(lastHiddenState, ends), projection) };
}

function positionTable(p: Scope, rows: number, d: number, keep: number | undefined): Tensor {
  const first = p.param('positional_embedding', [rows, d], normal(0.01));
  if (keep === undefined) return first;
  const rest = p.param('positional_embedding_res', [rows, d], normal(0.01));
  if (keep === 0) return rest;
  return keep === rows ? first : concat([slice(first, 0, 0, keep), slice(rest, 0, keep)], 0);
}
