import { sizeOf, type TensorData } from '../data.ts';
import type { Tensor } from '../tensor.ts';
import { type Lowerings, ms } from './lowering.ts';

const f32Vector = (values: Float32Array): TensorData => ({
  dtype: 'float32',
  shape: [values.length],
  data: values,
});

export const norms: Lowerings<'layerNorm' | 'rmsNorm' | 'groupNorm' | 'rotary'> = {
  layerNorm: (node, { onnx, inputs, isUsed }) => {
    const outputs = isUsed(1) || isUsed(2) ? [onnx.fresh(), onnx.fresh(), onnx.fresh()] : [onnx.fresh()];
    return onnx.node('LayerNormalization', inputs, {
      attributes: { axis: -1, epsilon: { float: node.attributes.epsilon } },
      outputs,
    });
  },
  rmsNorm: (node, { onnx, inputs, isUsed }) =>
    onnx.node('SimplifiedLayerNormalization', inputs, {
      attributes: { axis: -1, epsilon: { float: node.attributes.epsilon } },
      outputs: isUsed(1) ? [onnx.fresh(), onnx.fresh()] : [onnx.fresh()],
    }),
  groupNorm: (node, { onnx, inputs, isUsed }) => {
    const { groups, epsilon } = node.attributes;
    const x = node.inputs[0] as Tensor;
    const [n, c] = [x.dim(0), x.dim(1)];
    const span = sizeOf(x.shape) / (n * groups);
    const [rows] = onnx.node('Reshape', [inputs[0] as string, onnx.ints([n, groups, span])]) as [string];
    const unit = onnx.constant(f32Vector(new Float32Array(span).fill(1)));
    const [normal, , inverse] = onnx.node('LayerNormalization', [rows, unit], {
      attributes: { axis: -1, epsilon: { float: epsilon } },
      outputs: isUsed(2) ? [onnx.fresh(), '', onnx.fresh()] : [onnx.fresh()],
    }) as [string, string, string | undefined];
    const [hat] = onnx.node('Reshape', [normal, onnx.ints(x.shape)]) as [string];
    const perChannel = onnx.ints([c, ...x.shape.slice(2).map(() => 1)]);
    const [scale] = onnx.node('Reshape', [inputs[1] as string, perChannel]) as [string];
    const [bias] = onnx.node('Reshape', [inputs[2] as string, perChannel]) as [string];
    const [scaled] = onnx.node('Mul', [hat, scale]) as [string];
    const [y] = onnx.node('Add', [scaled, bias]) as [string];
    return [y, hat, inverse];
  },
  rotary: (node, { onnx, inputs }) => {
    const [x, table] = node.inputs as [Tensor, Tensor];
    const [name, cos, sin] = inputs as [string, string, string];
    const [t, half] = [table.dim(-2), table.dim(-1)];
    const batch = table.size / (t * half);
    // one table for all samples and heads, or one for each sample
    if (x.rank === 4 && t === x.dim(2) && (batch === 1 || (batch === x.dim(0) && table.dim(0) === batch))) {
      const rows = onnx.ints([batch * t, half]);
      const [c, s] = [cos, sin].map((v) => onnx.node('Reshape', [v, rows])[0] as string) as [string, string];
      const shape = batch === 1 ? [1] : [batch, t];
      const positions = BigInt64Array.from({ length: batch === 1 ? 1 : batch * t }, (_, i) => BigInt(i));
      const at = onnx.constant({ dtype: 'int64', shape, data: positions });
      return onnx.node('RotaryEmbedding', [name, at, c, s], { domain: ms });
    }
    const d = x.dim(-1);
    const part = (from: number, to: number): string =>
      onnx.node('Slice', [name, onnx.ints([from]), onnx.ints([to]), onnx.ints([x.rank - 1])])[0] as string;
    const [first, second] = [part(0, d / 2), part(d / 2, d)];
    const times = (a: string, b: string): string => onnx.node('Mul', [a, b])[0] as string;
    const [low] = onnx.node('Sub', [times(first, cos), times(second, sin)]) as [string];
    const [high] = onnx.node('Add', [times(second, cos), times(first, sin)]) as [string];
    return onnx.node('Concat', [low, high], { attributes: { axis: x.rank - 1 } });
  },
};
