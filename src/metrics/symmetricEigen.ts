/**
 * Eigenvalues and eigenvectors of a real symmetric matrix in float64: Householder reflections to tridiagonal
 * form, then implicitly shifted QR (Golub & Van Loan, "Matrix computations", 8.3). About 3 n^3 operations
 * with vectors, 4/3 n^3 without.
 */
export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array; // [n]
  /** Row i is the unit eigenvector of value i; empty when not asked for. */
  readonly vectors: Float64Array; // [n, n]
}

/** Throws a RangeError for a matrix that is not n x n or not finite. Only the lower triangle is read. */
export function symmetricEigen(matrix: Float64Array, n: number, withVectors = true): SymmetricEigen {
  if (matrix.length !== n * n) {
    throw new RangeError(`symmetricEigen: expected ${n} x ${n} values, got ${matrix.length}`);
  }
  if (!matrix.every(Number.isFinite))
    throw new RangeError('symmetricEigen: the matrix has values not finite');
  const { diagonal, off, vectors } = tridiagonalise(matrix.slice(), n, withVectors);
  diagonalise(diagonal, off, vectors, n);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i]! - diagonal[j]!);
  const sorted = new Float64Array(vectors.length);
  if (withVectors) {
    for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  }
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors: sorted };
}

interface Tridiagonal {
  readonly diagonal: Float64Array; // [n]
  readonly off: Float64Array; // [n - 1]
  /** Q transposed, where A = Q T Q^T. */
  readonly vectors: Float64Array; // [n, n]
}

function tridiagonalise(a: Float64Array, n: number, withVectors: boolean): Tridiagonal {
  const off = new Float64Array(Math.max(n - 1, 0));
  const reflections: Float64Array[] = [];
  for (let k = 0; k < n - 2; k++) {
    const v = new Float64Array(n); // zero up to row k
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k]!;
    const norm = length(v);
    off[k] = v[k + 1]! > 0 ? -norm : norm;
    v[k + 1]! -= off[k]!;
    const scale = length(v);
    if (scale > 0) {
      for (let i = k + 1; i < n; i++) v[i]! /= scale;
      reflect(a, v, n, k + 1);
    }
    reflections.push(v);
  }
  if (n > 1) off[n - 2] = a[(n - 1) * n + n - 2]!;
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
  return { diagonal, off, vectors: withVectors ? accumulate(reflections, n) : new Float64Array(0) };
}

function length(v: Float64Array): number {
  const max = v.reduce((m, x) => Math.max(m, Math.abs(x)), 0); // keeps squares in range
  return max === 0 ? 0 : max * Math.sqrt(v.reduce((sum, x) => sum + (x / max) ** 2, 0));
}

/** H A H with H = I - 2 v v^T, on the lower triangle from row `from`: A - v w^T - w v^T, w = 2 (A v - (v A v) v). */
function reflect(a: Float64Array, v: Float64Array, n: number, from: number): void {
  const w = new Float64Array(n);
  for (let i = from; i < n; i++) {
    const row = i * n;
    let sum = a[row + i]! * v[i]!;
    for (let j = from; j < i; j++) {
      sum += a[row + j]! * v[j]!;
      w[j]! += a[row + j]! * v[i]!;
    }
    w[i]! += sum;
  }
  let vAv = 0;
  for (let i = from; i < n; i++) vAv += v[i]! * w[i]!;
  for (let i = from; i < n; i++) w[i] = 2 * (w[i]! - vAv * v[i]!);
  for (let i = from; i < n; i++) {
    const row = i * n;
    for (let j = from; j <= i; j++) a[row + j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
  }
}

/** (H_0 H_1 ...)^T. */
function accumulate(reflections: readonly Float64Array[], n: number): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  for (let k = reflections.length - 1; k >= 0; k--) {
    const v = reflections[k]!;
    // Q^T H = Q^T - 2 (Q^T v) v^T, a row at a time
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      let dot = 0;
      for (let j = k + 1; j < n; j++) dot += q[row + j]! * v[j]!;
      for (let j = k + 1; j < n; j++) q[row + j]! -= 2 * dot * v[j]!;
    }
  }
  return q;
}

/** Brings (d, e) to diagonal form in place; rotates the rows of `vectors` along, if there are any. */
function diagonalise(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  const small = (k: number) => Math.abs(e[k]!) <= Number.EPSILON * (Math.abs(d[k]!) + Math.abs(d[k + 1]!));
  let sweeps = 0;
  for (let high = n - 1; high > 0; ) {
    if (small(high - 1)) {
      high--;
      continue;
    }
    if (++sweeps > 60 * n) throw new Error(`symmetricEigen: no convergence for a ${n} x ${n} matrix`);
    let low = high - 1;
    while (low > 0 && !small(low - 1)) low--;
    qrSweep(d, e, vectors, n, low, high);
  }
}

function qrSweep(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  n: number,
  low: number,
  high: number,
): void {
  // Wilkinson's shift: the eigenvalue of the last 2 x 2 block nearer to its corner
  const half = (d[high - 1]! - d[high]!) / 2;
  const corner = e[high - 1]!;
  const root = Math.hypot(half, corner);
  const shift = d[high]! - (corner * corner) / (half + (half < 0 ? -root : root));
  let x = d[low]! - shift;
  let bulge = e[low]!;
  for (let k = low; k < high; k++) {
    const r = Math.hypot(x, bulge);
    const c = r === 0 ? 1 : x / r;
    const s = r === 0 ? 0 : bulge / r;
    if (k > low) e[k - 1] = r;
    const [a, b, f] = [d[k]!, d[k + 1]!, e[k]!];
    d[k] = c * c * a + 2 * c * s * f + s * s * b;
    d[k + 1] = s * s * a - 2 * c * s * f + c * c * b;
    e[k] = (c * c - s * s) * f + c * s * (b - a);
    if (k < high - 1) {
      x = e[k]!;
      bulge = s * e[k + 1]!;
      e[k + 1]! *= c;
    }
    if (vectors.length > 0) rotateRows(vectors, n, k, c, s);
  }
}

function rotateRows(vectors: Float64Array, n: number, k: number, c: number, s: number): void {
  const upper = vectors.subarray(k * n, (k + 1) * n);
  const lower = vectors.subarray((k + 1) * n, (k + 2) * n);
  for (let i = 0; i < n; i++) {
    const p = upper[i]!;
    const q = lower[i]!;
    upper[i] = c * p + s * q;
    lower[i] = c * q - s * p;
  }
}
