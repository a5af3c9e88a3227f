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
import { attributeNames, classCount, classRanges } from '../data/sentenceLabels.ts';

/** Linear readings of sentence embeddings of unit length: a training aid that is not saved with the tower. */
export interface WordHeads {
  /** Logits of the vocabulary's words [n, words]. */
  readonly words: Tensor;
  /** Logits of all classes of all attributes [n, classCount]. */
  readonly classes: Tensor;
}

/** Reads embeddings [n, d] of unit length, stretched to entries of size 1. */
export function wordHeads(p: Scope, embeddings: Tensor, words: number): WordHeads {
  const x = mul(embeddings, Math.sqrt(embeddings.dim(1)));
  return { words: linear(p.at('words'), x, words), classes: linear(p.at('classes'), x, classCount) };
}

/** Binary cross-entropy of each word, added up over the vocabulary: the mean over sentences. `targets` [n, words]. */
export function wordLoss({ words }: Pick<WordHeads, 'words'>, targets: Tensor): Tensor {
  return mean(sum(sub(softplus(words), mul(words, targets)), { axes: [1] }));
}

/**
 * Cross-entropy of each attribute that was asked, added up: the mean over sentences.
 * @param targets [n, classCount] @param asked [n, attributes], as `labelTargets` has them
 */
export function classLoss({ classes }: Pick<WordHeads, 'classes'>, targets: Tensor, asked: Tensor): Tensor {
  const normalisers = attributeNames.map((name) => {
    const [from, count] = classRanges[name];
    return logSumExp(slice(classes, 1, from, from + count), 1, true);
  });
  const all = sum(mul(concat(normalisers, 1), asked), { axes: [1] });
  return mean(sub(all, sum(mul(classes, targets), { axes: [1] })));
}
