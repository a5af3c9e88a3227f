/** <a, b> / (|a| |b|), -1 .. 1. Throws a RangeError for vectors of other lengths, or of length zero. */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new RangeError(`cosineSimilarity: vectors of ${a.length} and ${b.length} values`);
  }
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  if (aa === 0 || bb === 0) throw new RangeError('cosineSimilarity: a zero vector has no direction');
  return dot / Math.sqrt(aa * bb);
}

/** The cosine of every row of `a` with every row of `b`. */
export function cosineMatrix(
  a: Float32Array, // [n, d]
  b: Float32Array, // [m, d]
  dimension: number,
): Float64Array {
  const rowsOf = (x: Float32Array): Float32Array[] => {
    if (!Number.isInteger(x.length / dimension)) {
      throw new RangeError(`cosineMatrix: ${x.length} values do not divide into rows of ${dimension}`);
    }
    return Array.from({ length: x.length / dimension }, (_, i) =>
      x.subarray(i * dimension, (i + 1) * dimension),
    );
  };
  const right = rowsOf(b);
  return Float64Array.from(rowsOf(a).flatMap((row) => right.map((other) => cosineSimilarity(row, other)))); // [n, m]
}
