import type { OnnxWriter } from '../onnx.ts';
import { GraphError, type Tensor } from '../tensor.ts';
import { circle } from './circle.ts';
import { cpuLowering } from './cpu.ts';
import type { LoweringTable } from './lowering.ts';
import { conv, plainConvolutions, plainGemm, type WriteConv } from './plain.ts';

const one = (
  onnx: OnnxWriter,
  type: string,
  inputs: readonly string[],
  attributes: Record<string, number | readonly number[]> = {},
): string => onnx.node(type, inputs, { attributes })[0] as string;

/**
 * ONNX Runtime 1.30 computes convolutions of channels-last images wrongly where the input's channels are a multiple of
 * 3 and not of 4, from 6 on, such as 6, 9 or 33, and the output's are a multiple of 4: there it gets channels of zeros.
 */
const paddedConv: WriteConv = (onnx, { x, w, bias }, channels, attributes) => {
  const more = channels > 4 ? (4 - (channels % 4)) % 4 : 0;
  if (more === 0) return conv(onnx, { x, w, bias }, channels, attributes);
  const wide = (t: string): string => one(onnx, 'Pad', [t, onnx.ints([0, 0, 0, 0, 0, more, 0, 0])]);
  return conv(onnx, { x: wide(x), w: wide(w), bias }, channels + more, attributes);
};

/**
 * From 32 new positions on, ONNX Runtime 1.30 takes another kernel for attention over a cache, which leaves keys out where
 * subgroups have 4 or 8 lanes (SwiftShader, lavapipe): off by 6 to 16 %. With fewer it is right to rounding.
 */
export const webgpuCachedPositions = 16;

/** Last two axes exchanged. */
function transposed(onnx: OnnxWriter, name: string, { rank }: Tensor): string {
  const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return one(onnx, 'Transpose', [name], { perm });
}

/**
 * The WebGPU provider's lowerings (ONNX Runtime 1.30), where its own operators are missing (FusedMatMul, Sign), wrong (the
 * second output of SimplifiedLayerNormalization, some convolutions) or imprecise (Sin, Cos). Every entry was compared with
 * the CPU: `moviedreamer doctor --device webgpu` does it again.
 */
export const webgpuLowering: LoweringTable = {
  ...cpuLowering,
  ...plainGemm,
  ...plainConvolutions(paddedConv),
  matmul: (node, { onnx, inputs, float }) => {
    const { transA, transB, alpha } = node.attributes;
    const [a, b] = node.inputs as [Tensor, Tensor];
    const [x, y] = inputs as [string, string];
    // a factor on an operand, not on the product: attention's scores are larger, and in half precision might overflow
    const scaled = alpha === 1 ? x : one(onnx, 'Mul', [x, float(alpha)]);
    const left = transA ? transposed(onnx, scaled, a) : scaled;
    return onnx.node('MatMul', [left, transB ? transposed(onnx, y, b) : y]);
  },
  rmsNorm: (node, context) => {
    const { onnx, inputs, isUsed } = context;
    if (!isUsed(1)) return cpuLowering.rmsNorm(node, context);
    const [x, scale] = inputs as [string, string];
    const mean = one(onnx, 'ReduceMean', [one(onnx, 'Mul', [x, x]), onnx.ints([-1])], { keepdims: 1 });
    const root = one(onnx, 'Sqrt', [one(onnx, 'Add', [mean, onnx.float(node.attributes.epsilon)])]);
    const inverse = one(onnx, 'Reciprocal', [root]);
    return [one(onnx, 'Mul', [one(onnx, 'Mul', [x, inverse]), scale]), inverse];
  },
  groupQueryAttention: (node, context) => {
    const { bits } = node.attributes;
    const t = (node.inputs[0] as Tensor).dim(1);
    const [known] = context.onnx.open([t]) as [number];
    if (bits < 32)
      throw new GraphError(
        `groupQueryAttention: WebGPU has no cache of ${bits} bits, only of 32; --device cpu has`,
      );
    if (known > webgpuCachedPositions) {
      throw new GraphError(
        `groupQueryAttention: ${t} new positions at once, but on WebGPU ONNX Runtime 1.30 computes more than ` +
          `${webgpuCachedPositions} wrongly on some devices; give it fewer at a time`,
      );
    }
    return cpuLowering.groupQueryAttention(node, context);
  },
  sign: (_node, { onnx, inputs: [x] }) => {
    const zero = onnx.float(0);
    const below = one(onnx, 'Where', [one(onnx, 'Less', [x as string, zero]), onnx.float(-1), zero]);
    return onnx.node('Where', [one(onnx, 'Greater', [x as string, zero]), onnx.float(1), below]);
  },
  sin: (_node, { onnx, inputs }) => [circle(onnx, inputs[0] as string, 'sin')],
  cos: (_node, { onnx, inputs }) => [circle(onnx, inputs[0] as string, 'cos')],
};
