import { symmetricEigen } from './symmetricEigen.ts';

/** The mean and covariance (divided by N - 1) of a set of features. */
export interface FeatureStatistics {
  readonly count: number;
  readonly dimension: number;
  readonly mean: Float64Array; // [d]
  readonly covariance: Float64Array; // [d, d]
}

/** Throws a RangeError for fewer than two rows, or values that do not divide into rows of `dimension`. */
export function featureStatistics(
  features: ArrayLike<number>, // [n, d]
  dimension: number,
): FeatureStatistics {
  const count = features.length / dimension;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(
      `featureStatistics: expected at least two rows of ${dimension} features, got ${features.length} values`,
    );
  }
  const mean = new Float64Array(dimension);
  for (let i = 0; i < features.length; i++) mean[i % dimension]! += features[i]! / count;
  const covariance = new Float64Array(dimension * dimension);
  const row = new Float64Array(dimension);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < dimension; i++) row[i] = features[n * dimension + i]! - mean[i]!;
    for (let i = 0; i < dimension; i++) {
      for (let j = 0; j <= i; j++) covariance[i * dimension + j]! += row[i]! * row[j]!;
    }
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      const value = covariance[i * dimension + j]! / (count - 1);
      covariance[i * dimension + j] = value;
      covariance[j * dimension + i] = value;
    }
  }
  return { count, dimension, mean, covariance };
}

export interface FrechetDistance {
  /** At least 0; rounding leaves about 1e-12 of the traces for equal sets. */
  readonly distance: number;
  /** |mu_a - mu_b|^2. */
  readonly meanTerm: number;
  /** tr((S_a S_b)^(1/2)). */
  readonly traceSqrt: number;
}

/**
 * The Frechet distance of two Gaussians, |mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)): FID when the
 * features are Inception's (Heusel et al. 2017, section 3). S_a S_b has the eigenvalues of the symmetric
 * S_a^(1/2) S_b S_a^(1/2), whose roots are summed; singular covariances (fewer samples than features) are fine.
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): FrechetDistance {
  if (a.dimension !== b.dimension) {
    throw new RangeError(`frechetDistance: feature sizes differ, ${a.dimension} and ${b.dimension}`);
  }
  const meanTerm = a.mean.reduce((sum, m, i) => sum + (m - b.mean[i]!) ** 2, 0);
  const root = squareRoot(a.covariance, a.dimension);
  const inner = multiply(multiply(root, b.covariance, a.dimension), root, a.dimension);
  const traceSqrt = sumOfRoots(symmetricEigen(inner, a.dimension, false).values);
  const distance = meanTerm + trace(a) + trace(b) - 2 * traceSqrt;
  return { distance: Math.max(distance, 0), meanTerm, traceSqrt };
}

/**
 * The Frechet distance of two sets of features, one row a sample. Of fewer samples than features the covariances A^T A
 * and B^T B (A, B the centred rows over the roots of N - 1) are never formed: tr((S_a S_b)^(1/2)) is the sum of the
 * singular values of A B^T, which is small. Throws a RangeError for fewer than two rows.
 */
export function frechetDistanceOfSets(
  a: readonly Float32Array[], // [n, d]
  b: readonly Float32Array[], // [m, d]
): FrechetDistance {
  const dimension = a[0]?.length ?? 0;
  if (Math.min(a.length, b.length) >= dimension)
    return frechetDistance(featureStatistics(flat(a), dimension), featureStatistics(flat(b), dimension));
  const [left, right] = [centre(a), centre(b)];
  if (left.mean.length !== right.mean.length) {
    throw new RangeError(
      `frechetDistanceOfSets: feature sizes differ, ${left.mean.length} and ${right.mean.length}`,
    );
  }
  const meanTerm = left.mean.reduce((sum, m, i) => sum + (m - right.mean[i]!) ** 2, 0);
  const [few, many] = a.length <= b.length ? [left.rows, right.rows] : [right.rows, left.rows];
  const product = few.map((row) => Float64Array.from(many, (other) => dot(row, other))); // [few, many]
  const traceSqrt = sumOfRoots(symmetricEigen(gram(product), few.length, false).values);
  const traces = [...left.rows, ...right.rows].reduce((sum, row) => sum + dot(row, row), 0);
  return { distance: Math.max(meanTerm + traces - 2 * traceSqrt, 0), meanTerm, traceSqrt };
}

/** The mean of rows, and what is left without it, over the root of N - 1. */
function centre(rows: readonly Float32Array[]): {
  readonly mean: Float64Array;
  readonly rows: Float64Array[];
} {
  if (rows.length < 2)
    throw new RangeError(`frechetDistanceOfSets: expected at least two rows, got ${rows.length}`);
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let i = 0; i < mean.length; i++) mean[i]! += row[i]! / rows.length;
  const scale = 1 / Math.sqrt(rows.length - 1);
  return { mean, rows: rows.map((row) => mean.map((m, i) => (row[i]! - m) * scale)) };
}

/** C C^T of rows C. */
function gram(rows: readonly Float64Array[]): Float64Array {
  const n = rows.length;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) out[i * n + j] = dot(rows[i]!, rows[j]!);
  return out; // symmetricEigen reads the lower triangle alone
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function flat(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(row, i * width);
  return out;
}

/** Of eigenvalues, ascending. What rounding alone can make of a zero counts as zero: its root would be far larger. */
function sumOfRoots(values: Float64Array): number {
  const noise = values.length * Number.EPSILON * (values.at(-1) ?? 0);
  return values.reduce((sum, v) => sum + (v > noise ? Math.sqrt(v) : 0), 0);
}

function trace({ covariance, dimension }: FeatureStatistics): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += covariance[i * dimension + i]!;
  return sum;
}

/** V diag(sqrt(lambda)) V^T. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const scaled = vectors.map((v, i) => v * Math.max(values[Math.floor(i / n)]!, 0) ** 0.25);
  const out = new Float64Array(n * n); // the rows' outer products
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const left = scaled[k * n + i]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += left * scaled[k * n + j]!;
    }
  }
  return out;
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const left = a[i * n + k]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += left * b[k * n + j]!;
    }
  }
  return out;
}
