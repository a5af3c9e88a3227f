import { describe, expect, test } from 'vitest';
import { runGraph } from '../../testing/runGraph.ts';
import { f32 } from '../data.ts';
import { gemm } from '../ops/index.ts';
import { compile } from '../program.ts';
import { input } from '../tensor.ts';
import { hasBlocked } from './blocked.ts';

/** Aᵀ B with all of A 1 and row i of B i: every value is the sum of 0 to k - 1. */
const transposedProduct = (k: number) => {
  const [m, n] = [128, 512];
  const y = gemm(input('a', [k, m]), input('b', [k, n]), { transA: true });
  const feeds = {
    a: f32(new Float32Array(k * m).fill(1), [k, m]),
    b: f32(
      Float32Array.from({ length: k * n }, (_, i) => Math.floor(i / n)),
      [k, n],
    ),
  };
  return { y, feeds, count: m * n };
};

describe.each([
  [16, false],
  [240, false],
  [256, hasBlocked],
])('a product with its first factor transposed, of %i summands', (k, blocked) => {
  test('is right', async () => {
    const { y, feeds, count } = transposedProduct(k);
    const result = await runGraph({ y }, feeds);
    expect([...new Set(Array.from(result.y?.data as Float32Array))]).toEqual([(k * (k - 1)) / 2]);
    expect(result.y?.data.length).toBe(count);
  });

  test(`is ${blocked ? 'a blocked convolution' : 'one Gemm'}`, () => {
    const text = Buffer.from(compile({ y: transposedProduct(k).y }).bytes).toString('latin1');
    expect([text.includes('Gemm'), text.includes('ReorderOutput')]).toEqual([!blocked, blocked]);
  });
});
