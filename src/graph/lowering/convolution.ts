import type { OnnxWriter } from '../onnx.ts';
import type { Tensor } from '../tensor.ts';
import { blockedConv, blockedTurnedWeight, blockedWeight, canBlock, shape4 } from './blocked.ts';
import { byPatches, byTaps, canGatherPatches, weightGradient } from './convolutionWeight.ts';
import type { Lowerings } from './lowering.ts';

export const convolutions: Lowerings<'conv2d' | 'conv2dInput' | 'conv2dWeight'> = {
  conv2d: (node, { onnx, inputs, isFixed }) => {
    const { strides, pads } = node.attributes;
    const weight = shape4((node.inputs[1] as Tensor).shape);
    const [x, w, bias] = inputs as [string, string, string | undefined];
    if (!isFixed(1) && canBlock(weight[0], weight[1])) {
      return [blockedConv(onnx, x, blockedWeight(onnx, w, weight), weight, node.attributes, bias)];
    }
    return onnx.node('Conv', inputs, { attributes: { strides: [...strides], pads: [...pads] } });
  },
  conv2dInput: (node, { onnx, inputs, isFixed }) => {
    const { strides, pads, height, width } = node.attributes;
    const [gradient, weight] = node.inputs as [Tensor, Tensor];
    const [g, w] = inputs as [string, string];
    const kernel = [weight.dim(2), weight.dim(3)] as const;
    const back = pads.map((p, i) => (kernel[i % 2] as number) - 1 - p) as [number, number, number, number];
    if (strides[0] === 1 && strides[1] === 1 && back.every((p) => p >= 0)) {
      // A plain convolution with the turned kernel is faster than ConvTranspose.
      const [co, ci] = [weight.dim(0), weight.dim(1)];
      if (!isFixed(1) && canBlock(co, ci)) {
        const turned = blockedTurnedWeight(onnx, w, shape4(weight.shape));
        return [blockedConv(onnx, g, turned, [ci, co, ...kernel], { strides, pads: back })];
      }
      return onnx.node('Conv', [g, turnedKernel(onnx, w, kernel)], { attributes: { pads: back } });
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
    const [x, gradient] = node.inputs as [Tensor, Tensor];
    const [from, g] = inputs as [string, string];
    const problem = weightGradient(x.shape, gradient.shape, node.attributes);
    return [canGatherPatches(problem) ? byPatches(onnx, from, g, problem) : byTaps(onnx, from, g, problem)];
  },
};

/** Weights [co, ci, kh, kw] of a convolution's input gradient: [ci, co, kh, kw], turned by 180 degrees. */
export function turnedKernel(onnx: OnnxWriter, w: string, kernel: readonly [number, number]): string {
  const [t] = onnx.node('Transpose', [w], { attributes: { perm: [1, 0, 2, 3] } }) as [string];
  if (kernel[0] === 1 && kernel[1] === 1) return t;
  const turn = [
    [-1, -1],
    [-(2 ** 31), -(2 ** 31)],
    [2, 3],
    [-1, -1],
  ].map((v) => onnx.ints(v));
  return onnx.node('Slice', [t, ...turn])[0] as string;
}
