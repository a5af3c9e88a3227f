/**
 * Solves (K + shift I) A = Y for a symmetric positive definite K by Cholesky's method.
 * @param k [n, n], row by row; its lower triangle is overwritten
 * @param y [n, c], row by row; overwritten by the solution
 * @throws RangeError where K + shift I is not positive definite
 */
export function solveSymmetric(k: Float64Array, y: Float64Array, n: number, c: number, shift: number): void {
  for (let j = 0; j < n; j++) {
    const rowJ = k.subarray(j * n, j * n + j);
    let diagonal = (k[j * n + j] as number) + shift;
    for (let p = 0; p < j; p++) diagonal -= (rowJ[p] as number) ** 2;
    if (!(diagonal > 0))
      throw new RangeError(`solveSymmetric: row ${j} makes the matrix not positive definite`);
    const root = Math.sqrt(diagonal);
    k[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      const rowI = k.subarray(i * n, i * n + j);
      let sum = k[i * n + j] as number;
      for (let p = 0; p < j; p++) sum -= (rowI[p] as number) * (rowJ[p] as number);
      k[i * n + j] = sum / root;
    }
  }
  const subtract = (to: number, from: number, factor: number): void => {
    for (let q = 0; q < c; q++) y[to * c + q]! -= factor * (y[from * c + q] as number);
  };
  const divide = (row: number): void => {
    const d = k[row * n + row] as number;
    for (let q = 0; q < c; q++) y[row * c + q]! /= d;
  };
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < i; p++) subtract(i, p, k[i * n + p] as number);
    divide(i);
  }
  for (let i = n - 1; i >= 0; i--) {
    divide(i);
    for (let p = 0; p < i; p++) subtract(p, i, k[i * n + p] as number);
  }
}
