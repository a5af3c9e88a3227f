import {
  add,
  describe,
  GraphError,
  gather,
  i64,
  normal,
  reshape,
  type Scope,
  slice,
  type Tensor,
  type TensorData,
} from '../../graph/index.ts';
import { embedding, layerNorm, linear } from '../../nn/index.ts';
import { causalBias } from '../causal.ts';
import type { ClipTextConfig } from './configs.ts';
import { clipEncoder } from './encoder.ts';

/** Outputs of the text tower. */
export interface ClipTextOutput {
  /** The embeddings, then the output of each layer, before the final norm: layers + 1 tensors [b, t, d]. */
  readonly hiddenStates: readonly Tensor[];
  /** The last of them after `final_layer_norm`. */
  readonly lastHiddenState: Tensor;
  /** `lastHiddenState` at the end of each text, [b, d]. */
  readonly poolerOutput: Tensor;
}

/**
 * CLIP's text tower (Radford et al., 2021; transformers' CLIPTextModel) under a causal mask. `ids` int64 [b, t] with
 * t up to `config.positions`; `ends` int64 [b] as `textEnds` computes them from the same ids.
 */
export function clipText(p: Scope, config: ClipTextConfig, ids: Tensor, ends: Tensor): ClipTextOutput {
  const { hiddenSize: d, vocabSize, layerNormEps, initializerFactor } = config;
  const t = checkIds(config, ids);
  const model = p.at('text_model');
  const embeddings = model.at('embeddings');
  const init = normal(0.02 * initializerFactor);
  const words = embedding(embeddings.at('token_embedding'), ids, vocabSize, d, init); // [b, t, d]
  const positions = embeddings.at('position_embedding').param('weight', [config.positions, d], init);

  const x = add(words, slice(positions, 0, 0, t));
  const hiddenStates = clipEncoder(model.at('encoder'), config, x, causalBias(t));
  const last = hiddenStates.at(-1) as Tensor;
  const lastHiddenState = layerNorm(model.at('final_layer_norm'), last, layerNormEps);
  return { hiddenStates, lastHiddenState, poolerOutput: rowsAt(lastHiddenState, ends) };
}

/** `clipText` and its projection into the shared space (CLIPTextModelWithProjection). */
export function clipTextWithProjection(
  p: Scope,
  config: ClipTextConfig,
  ids: Tensor,
  ends: Tensor,
): ClipTextOutput & {
  /** [b, projectionDim], not of unit length. */ readonly textEmbeds: Tensor;
} {
  const output = clipText(p, config, ids, ends);
  const init = normal(config.initializerFactor / Math.sqrt(config.hiddenSize));
  const textEmbeds = linear(p.at('text_projection'), output.poolerOutput, config.projectionDim, {
    bias: false,
    init,
  });
  return { ...output, textEmbeds };
}

/** Checks token ids [b, t] against a config and returns t. */
export function checkIds(config: ClipTextConfig, ids: Tensor): number {
  if (ids.rank !== 2 || ids.dtype !== 'int64' || ids.dim(1) > config.positions) {
    throw new GraphError(
      `CLIP text: ids must be int64 [b, t] with t up to ${config.positions}, got ${describe(ids)}`,
    );
  }
  return ids.dim(1);
}

/** Rows `ends` (int64 [b]) of x [b, t, d] read as [b * t, d]. */
export function rowsAt(x: Tensor, ends: Tensor): Tensor {
  return gather(reshape(x, [-1, x.dim(-1)]), ends);
}

/**
 * Where each text ends, as the index input of `clipText`: int64 [b], rows of the flattened [b * t]. With
 * `eosTokenId` 2 (configs from before the id was stored correctly) a text ends at its first highest id, otherwise at
 * the first end token; without one the first position counts, as in transformers.
 */
export function textEnds(config: Pick<ClipTextConfig, 'eosTokenId'>, ids: TensorData): TensorData {
  const [b, t] = ids.shape as [number, number];
  const values = Array.from(ids.data as ArrayLike<number | bigint>, Number);
  const ends = Array.from({ length: b }, (_, i) => {
    const row = values.slice(i * t, (i + 1) * t);
    const end = config.eosTokenId === 2 ? row.indexOf(Math.max(...row)) : row.indexOf(config.eosTokenId);
    return i * t + Math.max(end, 0);
  });
  return i64(ends, [b]);
}
