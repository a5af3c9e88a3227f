import type { OnnxWriter } from '../onnx.ts';
import type { Tensor } from '../tensor.ts';
import { turnedKernel } from './convolution.ts';
import { byTaps, weightGradient } from './convolutionWeight.ts';
import type { LoweringTable } from './lowering.ts';

const one = (
  onnx: OnnxWriter,
  type: string,
  inputs: readonly string[],
  attributes: Record<string, number | readonly number[]> = {},
): string => onnx.node(type, inputs, { attributes })[0] as string;

/** Last two axes exchanged. */
const transposed = (onnx: OnnxWriter, name: string, { rank }: Tensor): string => {
  const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return one(onnx, 'Transpose', [name], { perm });
};

/** Mean over the last axis, kept with size 1. */
const mean = (onnx: OnnxWriter, x: string): string =>
  one(onnx, 'ReduceMean', [x, onnx.ints([-1])], { keepdims: 1 });

/** 1 / sqrt(mean(x^2) + epsilon) over the last axis. */
const inverseRoot = (onnx: OnnxWriter, x: string, epsilon: number): string => {
  const variance = mean(onnx, one(onnx, 'Mul', [x, x]));
  return one(onnx, 'Reciprocal', [one(onnx, 'Sqrt', [one(onnx, 'Add', [variance, onnx.float(epsilon)])])]);
};

/**
 * A convolution over `channels` of x. ONNX Runtime 1.30's WebGPU kernel gives wrong results for more than four channels
 * that are no multiple of four with a multiple of four kernels (33 and 40, say): zeros make them one.
 */
function convolve(
  onnx: OnnxWriter,
  inputs: readonly string[],
  channels: number,
  attributes: Record<string, readonly number[]>,
): string {
  const missing = channels > 4 ? (4 - (channels % 4)) % 4 : 0;
  if (missing === 0) return one(onnx, 'Conv', inputs, attributes);
  const [x, w, ...bias] = inputs as [string, string];
  const more = onnx.ints([0, 0, 0, 0, 0, missing, 0, 0]);
  return one(onnx, 'Conv', [one(onnx, 'Pad', [x, more]), one(onnx, 'Pad', [w, more]), ...bias], attributes);
}

/**
 * What differs on GPUs. Blocked layouts are the CPU's; FusedMatMul and GroupNormalization are not there (WebGPU); the norms'
 * second outputs, which gradients need, are wrong or missing, so norms are written in single steps where they are read.
 */
export const webgpuOverrides: Partial<LoweringTable> = {
  gemm: (node, { onnx, inputs }) => {
    const { transA, transB } = node.attributes;
    return onnx.node('Gemm', inputs, { attributes: { transA: Number(transA), transB: Number(transB) } });
  },
  matmul: (node, { onnx, inputs }) => {
    const { transA, transB, alpha } = node.attributes;
    const [a, b] = node.inputs as [Tensor, Tensor];
    const [x, y] = inputs as [string, string];
    const left = transA ? transposed(onnx, x, a) : x;
    const product = one(onnx, 'MatMul', [left, transB ? transposed(onnx, y, b) : y]);
    return [alpha === 1 ? product : one(onnx, 'Mul', [product, onnx.float(alpha)])];
  },
  conv2d: (node, { onnx, inputs }) => {
    const { strides, pads } = node.attributes;
    const channels = (node.inputs[0] as Tensor).dim(1);
    return [convolve(onnx, inputs, channels, { strides: [...strides], pads: [...pads] })];
  },
  conv2dInput: (node, { onnx, inputs }) => {
    const { strides, pads, height, width } = node.attributes;
    const [gradient, weight] = node.inputs as [Tensor, Tensor];
    const [g, w] = inputs as [string, string];
    const kernel = [weight.dim(2), weight.dim(3)] as const;
    const turned = turnedKernel(onnx, w, kernel);
    // ConvTranspose is not there: zeros between the gradient's values, then a plain convolution
    const [n, c, h, v] = gradient.shape as [number, number, number, number];
    const [down, right] = strides;
    let spread = g;
    if (down > 1 || right > 1) {
      const apart = one(onnx, 'Reshape', [g, onnx.ints([n, c, h, 1, v, 1])]);
      const zeros = onnx.ints([0, 0, 0, 0, 0, 0, 0, 0, 0, down - 1, 0, right - 1]);
      spread = one(onnx, 'Reshape', [
        one(onnx, 'Pad', [apart, zeros]),
        onnx.ints([n, c, h * down, v * right]),
      ]);
    }
    const size = [h * down, v * right] as const;
    const before = [0, 1].map((i) => (kernel[i] as number) - 1 - (pads[i] as number));
    const after = [height, width].map(
      (s, i) => s + (kernel[i] as number) - 1 - (size[i] as number) - (before[i] as number),
    );
    const edges = onnx.ints([0, 0, ...before, 0, 0, ...after]); // negative ones cut
    return [convolve(onnx, [one(onnx, 'Pad', [spread, edges]), turned], c, {})];
  },
  conv2dWeight: (node, { onnx, inputs }) => {
    const [x, gradient] = node.inputs as [Tensor, Tensor];
    const problem = weightGradient(x.shape, gradient.shape, node.attributes);
    return [byTaps(onnx, inputs[0] as string, inputs[1] as string, problem, false)];
  },
  layerNorm: (node, { onnx, inputs }) => {
    const [x, scale, bias] = inputs as [string, string, string];
    const average = mean(onnx, x);
    const centred = one(onnx, 'Sub', [x, average]);
    const inverse = inverseRoot(onnx, centred, node.attributes.epsilon);
    const normal = one(onnx, 'Mul', [centred, inverse]);
    return [one(onnx, 'Add', [one(onnx, 'Mul', [normal, scale]), bias]), average, inverse];
  },
  rmsNorm: (node, { onnx, inputs }) => {
    const [x, scale] = inputs as [string, string];
    const inverse = inverseRoot(onnx, x, node.attributes.epsilon);
    return [one(onnx, 'Mul', [one(onnx, 'Mul', [x, inverse]), scale]), inverse];
  },
  groupNorm: (node, { onnx, inputs }) => {
    const { groups, epsilon } = node.attributes;
    const x = node.inputs[0] as Tensor;
    const [n, c] = [x.dim(0), x.dim(1)];
    const rows = one(onnx, 'Reshape', [inputs[0] as string, onnx.ints([n, groups, x.size / (n * groups)])]);
    const centred = one(onnx, 'Sub', [rows, mean(onnx, rows)]);
    const inverse = inverseRoot(onnx, centred, epsilon);
    const hat = one(onnx, 'Reshape', [one(onnx, 'Mul', [centred, inverse]), onnx.ints(x.shape)]);
    const perChannel = onnx.ints([c, ...x.shape.slice(2).map(() => 1)]);
    const [scale, bias] = [1, 2].map((i) => one(onnx, 'Reshape', [inputs[i] as string, perChannel]));
    return [one(onnx, 'Add', [one(onnx, 'Mul', [hat, scale as string]), bias as string]), hat, inverse];
  },
};
