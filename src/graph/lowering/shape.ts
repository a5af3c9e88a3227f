import type { Tensor } from '../tensor.ts';
import type { Lowerings } from './lowering.ts';

export const shapes: Lowerings<
  | 'reshape'
  | 'transpose'
  | 'expand'
  | 'concat'
  | 'slice'
  | 'pad'
  | 'flip'
  | 'gather'
  | 'scatterAdd'
  | 'resizeNearest'
> = {
  reshape: (node, { onnx, inputs }) => onnx.node('Reshape', [...inputs, onnx.shape(node.attributes.shape)]),
  transpose: (node, { onnx, inputs }) =>
    onnx.node('Transpose', inputs, { attributes: { perm: node.attributes.permutation } }),
  expand: (node, { onnx, inputs }) => onnx.node('Expand', [...inputs, onnx.ints(node.attributes.shape)]),
  concat: (node, { onnx, inputs }) =>
    onnx.node('Concat', inputs, { attributes: { axis: node.attributes.axis } }),
  slice: (node, { onnx, inputs }) => {
    const { start, end, axis, step } = node.attributes;
    return onnx.node('Slice', [...inputs, ...[start, end, axis, step].map((v) => onnx.ints([v]))]);
  },
  pad: (node, { onnx, inputs }) =>
    onnx.node('Pad', [...inputs, onnx.ints([...node.attributes.before, ...node.attributes.after])]),
  flip: (node, { onnx, inputs }) => {
    const { axes } = node.attributes;
    const all = (v: number): string => onnx.ints(axes.map(() => v));
    return onnx.node('Slice', [...inputs, all(-1), all(-(2 ** 31)), onnx.ints(axes), all(-1)]);
  },
  gather: (_node, { onnx, inputs }) => onnx.node('Gather', inputs, { attributes: { axis: 0 } }),
  scatterAdd: (node, { onnx, inputs }) => {
    const [indices, updates] = node.inputs as [Tensor, Tensor];
    const tail = updates.shape.slice(indices.rank);
    const [i] = onnx.node('Reshape', [inputs[0] as string, onnx.ints([indices.size, 1])]) as [string];
    const [u] = onnx.node('Reshape', [inputs[1] as string, onnx.ints([indices.size, ...tail])]) as [string];
    const zero = onnx.node('Expand', [
      onnx.float(0),
      onnx.ints([node.attributes.rows, ...tail]),
    ])[0] as string;
    return onnx.node('ScatterND', [zero, i, u], { attributes: { reduction: 'add' } });
  },
  resizeNearest: (node, { onnx, inputs }) => {
    const x = node.inputs[0] as Tensor;
    const { height, width } = node.attributes;
    const sizes = onnx.ints([x.dim(0), x.dim(1), height, width]);
    return onnx.node('Resize', [inputs[0] as string, '', '', sizes], {
      attributes: { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' },
    });
  },
};
