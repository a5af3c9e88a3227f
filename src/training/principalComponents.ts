export interface PrincipalComponents {
  /** Variances along the components, falling. */
  readonly variances: readonly number[];
  /** Orthonormal rows [n][n]. */
  readonly components: readonly (readonly number[])[];
}

/**
 * Directions of falling variance of a covariance matrix [n, n], by Jacobi's rotations (Golub & Van Loan, Matrix
 * Computations, 8.5). Each direction's largest entry is positive, so that equal matrices give equal directions.
 */
export function principalComponents(covariance: Float64Array, n: number): PrincipalComponents {
  const a = covariance.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const at = (m: Float64Array, i: number, j: number): number => m[i * n + j] as number;
  const tiny = 1e-24 * a.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) off += at(a, i, j) ** 2;
    if (off <= tiny) break;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        if (at(a, i, j) === 0) continue;
        const tau = (at(a, j, j) - at(a, i, i)) / (2 * at(a, i, j));
        const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
        const c = 1 / Math.hypot(1, t);
        rotate(a, n, i, j, c, t * c);
        for (let k = 0; k < n; k++) turn(v, i * n + k, j * n + k, c, t * c);
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(a, j, j) - at(a, i, i));
  return {
    variances: order.map((i) => Math.max(0, at(a, i, i))),
    components: order.map((i) => withSign([...v.subarray(i * n, (i + 1) * n)])),
  };
}

/** Rows and columns i and j of a symmetric matrix, turned by the angle of cosine c and sine s. */
function rotate(a: Float64Array, n: number, i: number, j: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) turn(a, i * n + k, j * n + k, c, s);
  for (let k = 0; k < n; k++) turn(a, k * n + i, k * n + j, c, s);
}

function turn(m: Float64Array, x: number, y: number, c: number, s: number): void {
  const [p, q] = [m[x] as number, m[y] as number];
  m[x] = c * p - s * q;
  m[y] = s * p + c * q;
}

function withSign(row: number[]): number[] {
  const largest = row.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return largest < 0 ? row.map((x) => -x) : row;
}
