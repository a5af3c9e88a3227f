import type { NodeOptions } from '../onnx.ts';
import type { Tensor } from '../tensor.ts';
import {
  blockedConv,
  blockedTranspose,
  blockedTurnedWeight,
  blockedWeight,
  canBlock,
  shape4,
} from './blocked.ts';
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
      const [t] = onnx.node('Transpose', [w], { attributes: { perm: [1, 0, 2, 3] } }) as [string];
      const turn = [
        [-1, -1],
        [-(2 ** 31), -(2 ** 31)],
        [2, 3],
        [-1, -1],
      ].map((v) => onnx.ints(v));
      const turned = kernel[0] === 1 && kernel[1] === 1 ? t : (onnx.node('Slice', [t, ...turn])[0] as string);
      return onnx.node('Conv', [g, turned], { attributes: { pads: back } });
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
    const one = (type: string, names: readonly string[], options: NodeOptions = {}): string =>
      onnx.node(type, names, options)[0] as string;
    // Channels first: then all samples and pixels are one inner dimension, and no sum over samples is left.
    const channelsFirst = (name: string): string =>
      one('Transpose', [name], { attributes: { perm: [1, 0, 2, 3] } });
    const g = one('Reshape', [channelsFirst(inputs[1] as string), onnx.ints([co, n * ho * wo])]);
    let from = channelsFirst(inputs[0] as string); // [ci, n, h, w]
    if (pads.some((p) => p > 0))
      from = one('Pad', [from, onnx.ints([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]])]);
    const size = [x.dim(2) + pads[0] + pads[2], x.dim(3) + pads[1] + pads[3]];
    const taps: string[] = [];
    for (let i = 0; i < kernel[0]; i++) {
      for (let j = 0; j < kernel[1]; j++) {
        const ends = [i + (ho - 1) * strides[0] + 1, j + (wo - 1) * strides[1] + 1];
        const whole = i === 0 && j === 0 && ends.join() === size.join() && strides.join() === '1,1';
        const steps = [onnx.ints([i, j]), onnx.ints(ends), onnx.ints([2, 3]), onnx.ints([...strides])];
        const shifted = whole ? from : one('Slice', [from, ...steps]);
        const flat = one('Reshape', [shifted, onnx.ints([ci, n * ho * wo])]);
        const product = one('Gemm', [g, flat], { attributes: { transB: 1 } }); // [co, ci]
        taps.push(one('Reshape', [product, onnx.ints([1, co * ci])]));
      }
    }
    if (taps.length === 1) return [one('Reshape', [taps[0] as string, onnx.ints([co, ci, 1, 1])])];
    const all = one('Concat', taps, { attributes: { axis: 0 } }); // [kh * kw, co * ci]
    const last = canBlock(co * ci)
      ? blockedTranspose(onnx, all, taps.length, co * ci)
      : one('Transpose', [all], { attributes: { perm: [1, 0] } });
    return [one('Reshape', [last, onnx.ints([co, ci, ...kernel])])];
  },
};
