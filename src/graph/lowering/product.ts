import { type Lowerings, ms } from './lowering.ts';

export const products: Lowerings<'gemm' | 'matmul'> = {
  gemm: (node, { onnx, inputs }) => {
    const { transA, transB } = node.attributes;
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
