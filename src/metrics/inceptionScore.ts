export interface InceptionScore {
  readonly mean: number;
  /** Population standard deviation over the splits. */
  readonly deviation: number;
  readonly splits: readonly number[];
}

/**
 * The Inception score, exp(mean KL(p(y|x) || p(y))) (Salimans et al. 2016), over consecutive splits of equal
 * size. Throws a RangeError when the rows do not divide into the splits.
 */
export function inceptionScore(
  logits: ArrayLike<number>, // [n, classes]
  classes: number,
  splits = 10,
): InceptionScore {
  const size = logits.length / classes / splits;
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(
      `inceptionScore: expected rows of ${classes} logits that divide into ${splits} splits, ` +
        `got ${logits.length} values`,
    );
  }
  const logp = logSoftmax(logits, classes);
  const length = size * classes;
  const scores = Array.from({ length: splits }, (_, k) =>
    splitScore(logp.subarray(k * length, (k + 1) * length), classes),
  );
  const mean = scores.reduce((a, b) => a + b, 0) / splits;
  const deviation = Math.sqrt(scores.reduce((a, s) => a + (s - mean) ** 2, 0) / splits);
  return { mean, deviation, splits: scores };
}

function splitScore(logp: Float64Array, classes: number): number {
  const rows = logp.length / classes;
  const marginal = new Float64Array(classes);
  for (let i = 0; i < logp.length; i++) marginal[i % classes]! += Math.exp(logp[i]!) / rows;
  const divergence = logp.reduce((sum, l, i) => {
    const p = Math.exp(l);
    return p > 0 ? sum + p * (l - Math.log(marginal[i % classes]!)) : sum;
  }, 0);
  return Math.exp(divergence / rows);
}

function logSoftmax(logits: ArrayLike<number>, classes: number): Float64Array {
  const out = Float64Array.from(logits);
  for (let start = 0; start < out.length; start += classes) {
    const row = out.subarray(start, start + classes);
    const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = max + Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
    for (let i = 0; i < classes; i++) row[i]! -= total;
  }
  return out;
}
