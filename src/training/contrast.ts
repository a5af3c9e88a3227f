import { add, logSumExp, mean, mul, sub, sum, type Tensor } from '../graph/index.ts';

/**
 * Cross-entropy of rows of logits [n, m] against target distributions [n, m], whose rows sum to 1: with several
 * positives a row, the supervised contrastive loss (Khosla et al., 2020, equation 2). `bias` [n, m] is added to the
 * logits first; a large negative value takes an entry out.
 */
export function contrastiveLoss(logits: Tensor, targets: Tensor, bias?: Tensor): Tensor {
  const biased = bias ? add(logits, bias) : logits;
  const positive = sum(mul(targets, logits), { axes: [1] }); // targets are 0 where the bias is not
  return mean(sub(logSumExp(biased, 1), positive));
}

/** Target distributions: each row of a matrix of zeros and ones divided by its sum; all rows must have a one. */
export function targetRows(positive: (i: number, j: number) => boolean, n: number, m: number): Float32Array {
  const out = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    let count = 0;
    for (let j = 0; j < m; j++) if (positive(i, j)) count++;
    if (count === 0) throw new RangeError(`targetRows: row ${i} has no positive`);
    for (let j = 0; j < m; j++) if (positive(i, j)) out[i * m + j] = 1 / count;
  }
  return out;
}
