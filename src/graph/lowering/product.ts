import type { Tensor } from '../tensor.ts';
import { blockedTransposedProduct, canBlock } from './blocked.ts';
import { type Lowerings, ms } from './lowering.ts';

/**
 * Summands from which on a transposed product is faster as a blocked convolution. The result is brought back into rows
 * whatever the number of summands: with 16 of them that alone takes three times as long as all of Gemm.
 */
const leastBlockedSum = 256;

export const products: Lowerings<'gemm' | 'matmul'> = {
  gemm: (node, { onnx, inputs }) => {
    const { transA, transB } = node.attributes;
    const [a, b] = node.inputs as [Tensor, Tensor];
    if (transA && !transB && inputs.length === 2 && Math.max(a.dim(1), b.dim(1)) >= 512) {
      const [k, m, n] = [a.dim(0), a.dim(1), b.dim(1)];
      if (k >= leastBlockedSum && Math.min(m, n) >= 128 && canBlock(k, n)) {
        return [blockedTransposedProduct(onnx, inputs[0] as string, inputs[1] as string, [k, m, n])];
      }
    }
    return onnx.node('Gemm', inputs, { attributes: { transA: Number(transA), transB: Number(transB) } });
  },
  matmul: (node, { onnx, inputs }) => {
    const { transA, transB, alpha } = node.attributes;
    if (!transA && !transB && alpha === 1) return onnx.node('MatMul', inputs);
    return onnx.node('FusedMatMul', inputs, {
      domain: ms,
      attributes: { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } },
    });
  },
};
