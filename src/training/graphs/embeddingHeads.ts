import type { LabelSpace } from '../../corpus/index.ts';
import {
  concat,
  logSumExp,
  mean,
  mul,
  type Scope,
  slice,
  softplus,
  sub,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import { linear } from '../../nn/index.ts';

/**
 * A linear reading of embeddings [n, d] of unit length, stretched to entries of size 1: logits [n, classes]. A training
 * aid, which is not saved with the tower that it reads.
 */
export function embeddingHead(p: Scope, embeddings: Tensor, classes: number): Tensor {
  return linear(p, mul(embeddings, Math.sqrt(embeddings.dim(1))), classes);
}

/** Binary cross-entropy of each word, added up over the vocabulary: the mean over rows. Both [n, words]. */
export function wordLoss(logits: Tensor, targets: Tensor): Tensor {
  return mean(sum(sub(softplus(logits), mul(logits, targets)), { axes: [1] }));
}

/**
 * Cross-entropy of each attribute that is asked for, added up: the mean over rows.
 * @param logits [n, space.count] @param targets, asked as `LabelSpace.targets` has them
 */
export function classLoss(
  logits: Tensor,
  space: LabelSpace<string>,
  { classes, asked }: { readonly classes: Tensor; readonly asked: Tensor },
): Tensor {
  const normalisers = space.names.map((name) => {
    const [from, count] = space.ranges[name] as readonly [number, number];
    return logSumExp(slice(logits, 1, from, from + count), 1, true);
  });
  const all = sum(mul(concat(normalisers, 1), asked), { axes: [1] });
  return mean(sub(all, sum(mul(logits, classes), { axes: [1] })));
}
