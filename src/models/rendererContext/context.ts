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
import { contextInputShape, type RendererContextInputs } from './inputs.ts';

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
  const checked = (name: keyof RendererContextInputs): Tensor | undefined => {
    const shape = contextInputShape(name, b, config);
    if (!shape) return undefined;
    const tensor = inputs[name];
    if (!tensor) throw new GraphError(`rendererContext: the config has ${name}, got no input for them`);
    check(name, tensor, shape);
    return tensor;
  };
  checked('tokens');
  checked('rows');
  const [sentences, faces, places] = [checked('sentences'), checked('faces'), checked('places')];
  const even = (x: Tensor): Tensor => (config.standardize ? standardize(x) : x);
  const projected = (name: string, x: Tensor): Tensor => even(projector(p.at(name), even(x), d));
  const parts = [inputs.tokens];
  if (sentences) parts.push(projected('sentence_projector', sentences));
  if (faces) parts.push(projected('face_projector', faces));
  let context = concat(parts, 1); // [b, rows, D]
  if (places) {
    const table = p.at('place_embedding').param('weight', [placeWidth(config), d], normal(0.5));
    context = add(context, matmul(places, table));
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
