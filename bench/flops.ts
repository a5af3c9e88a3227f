import { type Tensor, topological } from '../src/graph/index.ts';

/** Floating-point operations of the matrix products and convolutions that `outputs` need; 2 for a multiply-add. */
export function flopsOf(outputs: readonly Tensor[]): number {
  let total = 0;
  for (const node of topological(outputs).nodes) {
    const [a, b] = node.inputs as [Tensor, Tensor];
    const y = node.outputs[0] as Tensor;
    switch (node.op) {
      case 'gemm':
      case 'matmul':
        total += 2 * y.size * a.dim((node.attributes as { transA: boolean }).transA ? -2 : -1);
        break;
      case 'conv2d':
        total += 2 * y.size * (b.size / b.dim(0));
        break;
      case 'conv2dInput':
        total += 2 * a.size * (b.size / b.dim(0));
        break;
      case 'conv2dWeight':
        total += 2 * b.size * (y.size / y.dim(0));
        break;
    }
  }
  return total;
}
