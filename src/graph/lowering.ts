import type { TensorData } from './data.ts';
import { sizeOf } from './data.ts';
import { type OnnxWriter, onnxTypes } from './onnx.ts';
import type { OpName } from './opset.ts';
import type { Node, Tensor } from './tensor.ts';

/** What a lowering rule works with: the names of a node's inputs, and which of its outputs anybody reads. */
export interface LoweringContext {
  readonly onnx: OnnxWriter;
  readonly inputs: readonly string[];
  isUsed(output: number): boolean;
}

/** Writes the ONNX nodes for one op; returns a name for each output (undefined where it is not used). */
export type Lowering<K extends OpName> = (
  node: Node<K>,
  context: LoweringContext,
) => readonly (string | undefined)[];

export type LoweringTable = { readonly [K in OpName]: Lowering<K> };

const ms = 'com.microsoft';

/** An op that is one ONNX node without attributes. */
const direct =
  (type: string) =>
  (_node: Node, { onnx, inputs }: LoweringContext): readonly string[] =>
    onnx.node(type, inputs);

const f32Vector = (values: Float32Array): TensorData => ({
  dtype: 'float32',
  shape: [values.length],
  data: values,
});

/** The CPU provider's lowerings; `lowering.webgpu.ts` and others override single entries. */
export const cpuLowering: LoweringTable = {
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  maximum: direct('Max'),
  minimum: direct('Min'),
  equal: direct('Equal'),
  where: direct('Where'),
  neg: direct('Neg'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  reciprocal: direct('Reciprocal'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  sin: direct('Sin'),
  cos: direct('Cos'),
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  sigmoid: direct('Sigmoid'),
  relu: direct('Relu'),
  softplus: direct('Softplus'),
  gelu: direct('Gelu'),
  quickGelu: (node, { onnx, inputs }) =>
    onnx.node('QuickGelu', inputs, { domain: ms, attributes: { alpha: { float: node.attributes.alpha } } }),
  cast: (node, { onnx, inputs }) =>
    onnx.node('Cast', inputs, { attributes: { to: onnxTypes[node.attributes.to] } }),
  stopGradient: (_node, { inputs }) => inputs,

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

  reshape: (node, { onnx, inputs }) => onnx.node('Reshape', [...inputs, onnx.ints(node.attributes.shape)]),
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
  conv2d: (node, { onnx, inputs }) => {
    const { strides, pads } = node.attributes;
    return onnx.node('Conv', inputs, { attributes: { strides: [...strides], pads: [...pads] } });
  },
  conv2dInput: (node, { onnx, inputs }) => {
    const { strides, pads, height, width } = node.attributes;
    const [gradient, weight] = node.inputs as [Tensor, Tensor];
    const [g, w] = inputs as [string, string];
    const kernel = [weight.dim(2), weight.dim(3)];
    if (strides[0] === 1 && strides[1] === 1) {
      // A plain convolution with the flipped kernel is faster than ConvTranspose.
      const [t] = onnx.node('Transpose', [w], { attributes: { perm: [1, 0, 2, 3] } }) as [string];
      const flipped =
        kernel[0] === 1 && kernel[1] === 1
          ? t
          : (onnx.node('Slice', [
              t,
              onnx.ints([-1, -1]),
              onnx.ints([-(2 ** 31), -(2 ** 31)]),
              onnx.ints([2, 3]),
              onnx.ints([-1, -1]),
            ])[0] as string);
      const back = pads.map((p, i) => (kernel[i % 2] as number) - 1 - p);
      return onnx.node('Conv', [g, flipped], { attributes: { pads: back } });
    }
    const extra = [height, width].map((size, i) => {
      const covered = (gradient.dim(2 + i) - 1) * (strides[i] as number) + (kernel[i] as number);
      return size + (pads[i] as number) + (pads[2 + i] as number) - covered;
    });
    return onnx.node('ConvTranspose', [g, w], {
      attributes: { strides: [...strides], pads: [...pads], output_padding: extra },
    });
  },
  conv2dWeight: (node, { onnx, inputs }) => {
    const { strides, pads, kernel } = node.attributes;
    const [x, gradient] = node.inputs as [Tensor, Tensor];
    const [n, co, ho, wo] = gradient.shape as [number, number, number, number];
    const ci = x.dim(1);
    const [g] = onnx.node('Reshape', [inputs[1] as string, onnx.ints([n, co, ho * wo])]) as [string];
    const padded = pads.some((p) => p > 0)
      ? (onnx.node('Pad', [
          inputs[0] as string,
          onnx.ints([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]]),
        ])[0] as string)
      : (inputs[0] as string);
    // One matrix product for each kernel position, over the input shifted by that position: 79 to 109 GFLOPS,
    // where a convolution with transposed operands gives 17 to 59.
    const taps: string[] = [];
    for (let i = 0; i < kernel[0]; i++) {
      for (let j = 0; j < kernel[1]; j++) {
        const ends = [i + (ho - 1) * strides[0] + 1, j + (wo - 1) * strides[1] + 1];
        const whole =
          kernel[0] === 1 && kernel[1] === 1 && strides[0] === 1 && strides[1] === 1 && padded === inputs[0];
        const shifted = whole
          ? padded
          : (onnx.node('Slice', [
              padded,
              onnx.ints([i, j]),
              onnx.ints(ends),
              onnx.ints([2, 3]),
              onnx.ints([...strides]),
            ])[0] as string);
        const [flat] = onnx.node('Reshape', [shifted, onnx.ints([n, ci, ho * wo])]) as [string];
        const [product] = onnx.node('FusedMatMul', [g, flat], { domain: ms, attributes: { transB: 1 } }) as [
          string,
        ];
        const [total] = onnx.node('ReduceSum', [product, onnx.ints([0])], {
          attributes: { keepdims: 0 },
        }) as [string];
        taps.push(onnx.node('Reshape', [total, onnx.ints([co, ci, 1])])[0] as string);
      }
    }
    const all =
      taps.length === 1
        ? (taps[0] as string)
        : (onnx.node('Concat', taps, { attributes: { axis: 2 } })[0] as string);
    return onnx.node('Reshape', [all, onnx.ints([co, ci, ...kernel])]);
  },

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
    const x = node.inputs[0] as Tensor;
    const d = x.dim(-1);
    const [name, cos, sin] = inputs as [string, string, string];
    const part = (from: number, to: number): string =>
      onnx.node('Slice', [name, onnx.ints([from]), onnx.ints([to]), onnx.ints([x.rank - 1])])[0] as string;
    const [first, second] = [part(0, d / 2), part(d / 2, d)];
    const times = (a: string, b: string): string => onnx.node('Mul', [a, b])[0] as string;
    const [low] = onnx.node('Sub', [times(first, cos), times(second, sin)]) as [string];
    const [high] = onnx.node('Add', [times(second, cos), times(first, sin)]) as [string];
    return onnx.node('Concat', [low, high], { attributes: { axis: x.rank - 1 } });
  },
};
