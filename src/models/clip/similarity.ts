import {
  div,
  exp,
  filled,
  matmul,
  mul,
  type Scope,
  sqrt,
  square,
  sum,
  type Tensor,
} from '../../graph/index.ts';

/**
 * Contrastive logits (Radford et al., 2021): cosine similarity of every image with every text, times the learned
 * scale exp(`logit_scale`). imageEmbeds [i, d], textEmbeds [j, d] -> [i, j].
 */
export function clipSimilarity(p: Scope, imageEmbeds: Tensor, textEmbeds: Tensor): Tensor {
  const scale = exp(p.param('logit_scale', [], filled(Math.log(1 / 0.07))));
  return mul(matmul(unitLength(imageEmbeds), unitLength(textEmbeds), { transB: true }), scale);
}

function unitLength(x: Tensor): Tensor {
  return div(x, sqrt(sum(square(x), { axes: [-1], keepDims: true })));
}
