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
  const { values } = symmetricEigen(inner, a.dimension, false);
  // what rounding alone can make of a zero eigenvalue counts as zero: its root would be far larger
  const noise = a.dimension * Number.EPSILON * (values.at(-1) ?? 0);
  const traceSqrt = values.reduce((sum, v) => sum + (v > noise ? Math.sqrt(v) : 0), 0);
  const distance = meanTerm + trace(a) + trace(b) - 2 * traceSqrt;
  return { distance: Math.max(distance, 0), meanTerm, traceSqrt };
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
