import {
  add,
  concat,
  describe,
  GraphError,
  matmul,
  mul,
  normal,
  reshape,
  type Scope,
  type Tensor,
} from '../../graph/index.ts';
import { linear, standardize } from '../../nn/index.ts';
import { projector } from '../projector/index.ts';
import { contextRows, placeWidth, type RendererContextConfig } from './config.ts';

/** Inputs of the renderer’s context. */
export interface RendererContextInputs {
  /** Compressed tokens [b, tokens, D]. */
  readonly tokens: Tensor;
  /** Sentence embeddings, padded [b, sentences, sentenceDim]. */
  readonly sentences: Tensor;
  /** Face embeddings, padded [b, faces, faceDim]. */
  readonly faces: Tensor;
  /** 1 for rows that are there and not masked, else 0 [b, rows]; see `packContext`. */
  readonly rows: Tensor;
  /** With `places` only: 1 for what each row is and whose it is, else 0 [b, rows, placeWidth]; see `packContext`. */
  readonly places?: Tensor;
}

/**
 * Keys and values for the U-Net's cross-attention: compressed tokens, projected sentences, projected faces, in this
 * order, absent and masked rows all zero (paper, appendix A). The mask comes after the MLPs, whose biases would
 * otherwise fill the padding. Parameters: `sentence_projector`, `face_projector`, with `places` also `place_embedding`.
 * @returns [b, rows, D]
 */
export function rendererContext(
  p: Scope,
  inputs: RendererContextInputs,
  config: RendererContextConfig,
): Tensor {
  const { tokenDim: d } = config;
  const rows = contextRows(config);
  const b = inputs.tokens.dim(0);
  check('tokens', inputs.tokens, [b, config.tokens, d]);
  check('rows', inputs.rows, [b, rows]);
  const even = (x: Tensor): Tensor => (config.standardize ? standardize(x) : x);
  const projected = (name: string, x: Tensor): Tensor => even(projector(p.at(name), even(x), d));
  const parts = [inputs.tokens];
  if (config.sentences > 0) {
    check('sentences', inputs.sentences, [b, config.sentences, config.sentenceDim]);
    parts.push(projected('sentence_projector', inputs.sentences));
  }
  if (config.faces > 0) {
    check('faces', inputs.faces, [b, config.faces, config.faceDim]);
    parts.push(projected('face_projector', inputs.faces));
  }
  let context = concat(parts, 1); // [b, rows, D]
  if (config.places) {
    const width = placeWidth(config);
    if (!inputs.places) throw new GraphError('rendererContext: the config has places, got no input for them');
    check('places', inputs.places, [b, rows, width]);
    const table = p.at('place_embedding').param('weight', [width, d], normal(0.5));
    context = add(context, matmul(inputs.places, table));
  }
  return mul(context, reshape(inputs.rows, [b, rows, 1])); // [b, rows, D]
}

/**
 * What stands in the slot of SDXL's pooled text embedding: one linear layer over the concatenated compressed tokens
 * (paper, appendix A). They are taken before the row mask, which the paper puts on the cross-attention input only.
 * Parameter: `pooled_projection`.
 * @param tokens [b, tokens, D]
 * @returns [b, pooledDim]
 */
export function pooledTokens(p: Scope, tokens: Tensor, config: RendererContextConfig): Tensor {
  if (config.pooledDim === null) {
    throw new GraphError(
      'pooledTokens: the config has pooledDim null: give the width of the pooled embedding',
    );
  }
  const b = tokens.dim(0);
  check('tokens', tokens, [b, config.tokens, config.tokenDim]);
  return linear(
    p.at('pooled_projection'),
    reshape(tokens, [b, config.tokens * config.tokenDim]),
    config.pooledDim,
  );
}

function check(name: string, t: Tensor, shape: readonly number[]): void {
  if (t.shape.join() === shape.join()) return;
  throw new GraphError(`rendererContext: expected ${name} [${shape.join(', ')}], got ${describe(t)}`);
}
