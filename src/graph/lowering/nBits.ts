import { type OnnxWriter, onnxTypes } from '../onnx.ts';
import type { NBitsAttributes } from '../opset.ts';
import type { Tensor } from '../tensor.ts';
import { type Lowerings, ms } from './lowering.ts';

export const nBits: Lowerings<'gemmNBits' | 'gemmNBitsInput'> = {
  gemmNBits: (node, { onnx, inputs }) => {
    const packed = node.inputs[1] as Tensor;
    const { bits, block, compute } = node.attributes;
    return onnx.node('MatMulNBits', inputs, {
      domain: ms,
      attributes: {
        K: packed.dim(1) * block,
        N: packed.dim(0),
        bits,
        block_size: block,
        accuracy_level: compute === 'int8' ? 4 : 1,
      },
    });
  },
  gemmNBitsInput: (node, { onnx, inputs }) => {
    const packed = node.inputs[1] as Tensor;
    const [g, bytes, scales] = inputs as [string, string, string];
    const weight = dequantized(onnx, afterGradient(onnx, bytes, g), scales, packed, node.attributes);
    return onnx.node('MatMul', [g, weight]);
  },
};

/**
 * `bytes`, but not before the gradient is there: otherwise ONNX Runtime would unpack all matrices, whose values it
 * knows, when the session is made, and hold them.
 */
function afterGradient(onnx: OnnxWriter, bytes: string, gradient: string): string {
  const corner = [0, 1, 0, 1].map((v) => onnx.ints([v, v]));
  const [first] = onnx.node('Slice', [gradient, corner[0] as string, corner[1] as string]) as [string];
  const [scalar] = onnx.node('Reshape', [first, onnx.ints([1])]) as [string];
  const [zero] = onnx.node('Mul', [scalar, onnx.float(0)]) as [string];
  const [none] = onnx.node('Cast', [zero], { attributes: { to: onnxTypes.uint8 } }) as [string];
  return onnx.node('BitwiseOr', [bytes, none])[0] as string;
}

/** float32 [n, k]. */
function dequantized(
  onnx: OnnxWriter,
  bytes: string,
  scales: string,
  packed: Tensor,
  { bits, block }: NBitsAttributes,
): string {
  const [n, blocks] = [packed.dim(0), packed.dim(1)];
  const half = 2 ** (bits - 1);
  const uint8 = (v: number): string => onnx.constant({ dtype: 'uint8', shape: [], data: Uint8Array.of(v) });
  const float = (x: string): string => onnx.node('Cast', [x], { attributes: { to: 1 } })[0] as string;
  const unpacked = (): string => {
    if (bits === 8) return float(bytes);
    const [low] = onnx.node('BitwiseAnd', [bytes, uint8(15)]) as [string];
    const [high] = onnx.node('BitShift', [bytes, uint8(4)], { attributes: { direction: 'RIGHT' } }) as [
      string,
    ];
    const pairs = [low, high].map((x) => onnx.node('Unsqueeze', [float(x), onnx.ints([-1])])[0] as string);
    return onnx.node('Concat', pairs, { attributes: { axis: -1 } })[0] as string;
  };
  const [rows] = onnx.node('Reshape', [unpacked(), onnx.ints([n, blocks, block])]) as [string];
  const [centred] = onnx.node('Sub', [rows, onnx.float(half)]) as [string];
  const [perBlock] = onnx.node('Reshape', [scales, onnx.ints([n, blocks, 1])]) as [string];
  const [weight] = onnx.node('Mul', [centred, perBlock]) as [string];
  return onnx.node('Reshape', [weight, onnx.ints([n, blocks * block])])[0] as string;
}
