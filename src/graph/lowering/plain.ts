import type { OnnxWriter } from '../onnx.ts';
import type { ConvAttributes } from '../opset.ts';
import type { Tensor } from '../tensor.ts';
import { turnedKernel } from './convolution.ts';
import { byTaps, weightGradient } from './convolutionWeight.ts';
import type { Lowerings } from './lowering.ts';

/** Matrix products without the CPU's blocked layouts. */
export const plainGemm: Lowerings<'gemm'> = {
  gemm: (node, { onnx, inputs }) => {
    const { transA, transB } = node.attributes;
    return onnx.node('Gemm', inputs, { attributes: { transA: Number(transA), transB: Number(transB) } });
  },
};

/** Writes the convolution of `x`, of `channels` channels, with the weight `w`; returns the name of the result. */
export type WriteConv = (
  onnx: OnnxWriter,
  operands: { x: string; w: string; bias?: string | undefined },
  channels: number,
  attributes: ConvAttributes,
) => string;

/** ONNX's Conv as it is. */
export const conv: WriteConv = (onnx, { x, w, bias }, _channels, { strides, pads }) =>
  onnx.node('Conv', bias === undefined ? [x, w] : [x, w, bias], {
    attributes: { strides: [...strides], pads: [...pads] },
  })[0] as string;

/** Convolutions without the CPU's blocked layouts, all written by `write`. */
export const plainConvolutions = (
  write: WriteConv,
): Lowerings<'conv2d' | 'conv2dInput' | 'conv2dWeight'> => ({
  conv2d: (node, { onnx, inputs }) => {
    const [x, w, bias] = inputs as [string, string, string | undefined];
    return [write(onnx, { x, w, bias }, (node.inputs[0] as Tensor).dim(1), node.attributes)];
  },
  conv2dInput: (node, { onnx, inputs }) => {
    const { strides, pads, height, width } = node.attributes;
    const [gradient, weight] = node.inputs as [Tensor, Tensor];
    const [x, w] = inputs as [string, string];
    const kernel = [weight.dim(2), weight.dim(3)] as const;
    const back = pads.map((p, i) => (kernel[i % 2] as number) - 1 - p) as [number, number, number, number];
    if (strides[0] === 1 && strides[1] === 1 && back.every((p) => p >= 0)) {
      const turned = turnedKernel(onnx, w, kernel);
      return [write(onnx, { x, w: turned }, gradient.dim(1), { strides, pads: back })];
    }
    const extra = [height, width].map((size, i) => {
      const covered = (gradient.dim(2 + i) - 1) * (strides[i] as number) + (kernel[i] as number);
      return size + (pads[i] as number) + (pads[2 + i] as number) - covered;
    });
    return onnx.node('ConvTranspose', [x, w], {
      attributes: { strides: [...strides], pads: [...pads], output_padding: extra },
    });
  },
  conv2dWeight: (node, { onnx, inputs }) => {
    const [x, gradient] = node.inputs as [Tensor, Tensor];
    const problem = weightGradient(x.shape, gradient.shape, node.attributes);
    return [byTaps(onnx, inputs[0] as string, inputs[1] as string, problem, { blocked: false })];
  },
});
