import type { OnnxWriter } from '../onnx.ts';
import type { ConvAttributes } from '../opset.ts';
import type { Shape } from '../tensor.ts';

/*
 * Convolutions in ONNX Runtime's blocked layout, NCHWc: channels in blocks of one vector register (8 or 16 values) as
 * the innermost axis. Its optimizer brings only convolutions with fixed weights into it; in training, where weights
 * are fed, plain Conv copies patches into matrices instead: 53 to 87 GFLOPS on one thread, blocked 108 to 133.
 *
 * The operators are ONNX Runtime's own (domain com.microsoft.nchwc, x64 builds). The block size stays unknown here:
 * weights are brought into their layout by the same ReorderInput that serves images.
 */
const domain = 'com.microsoft.nchwc';

/** A multiple of every block size. */
const block = 16;

/** Whether ONNX Runtime's build for this processor has the blocked operators. */
export const hasBlocked: boolean = globalThis.process?.arch === 'x64';

export const canBlock = (...channels: readonly number[]): boolean =>
  hasBlocked && channels.every((c) => c % block === 0);

/** NCHW image into blocks; with `channelsLast` from [n, h, w, c]. */
function reorder(onnx: OnnxWriter, x: string, channelsLast = false): string {
  const attributes = channelsLast ? { channels_last: 1 } : {};
  return onnx.node('ReorderInput', [x], { domain, attributes })[0] as string;
}

function reshape(onnx: OnnxWriter, x: string, ...shape: number[]): string {
  return onnx.node('Reshape', [x, onnx.ints(shape)])[0] as string;
}

/**
 * Brings weights [out, in, kh, kw] into the layout [out / B, in / B, kh, kw, B (in), B (out)]. Blocks of `in` come
 * from reading each output channel as an image of `in` channels; blocks of `out` from reading all that as one image
 * of `out` channels.
 */
export function blockedWeight(onnx: OnnxWriter, w: string, [o, i, kh, kw]: Shape4): string {
  const inner = reorder(onnx, reshape(onnx, w, o, i, kh * kw, 1)); // [out][in / B][k][B]
  return blockedOutputs(onnx, inner, [o, i, kh, kw]);
}

/** The weights of the input's gradient, in and out swapped and the kernel turned by 180 degrees, blocked. */
export function blockedTurnedWeight(onnx: OnnxWriter, w: string, [o, i, kh, kw]: Shape4): string {
  const k = kh * kw;
  const [rows] = onnx.node('Transpose', [reshape(onnx, w, o, i * k)], { attributes: { perm: [1, 0] } }) as [
    string,
  ];
  let last = reshape(onnx, rows, i, k, 1, o); // channels-last images of `out` channels
  if (k > 1) {
    const backwards = onnx.ints(Array.from({ length: k }, (_, j) => k - 1 - j));
    last = onnx.node('Gather', [last, backwards], { attributes: { axis: 1 } })[0] as string;
  }
  return blockedOutputs(onnx, reorder(onnx, last, true), [i, o, kh, kw]);
}

function blockedOutputs(onnx: OnnxWriter, w: string, [o, i, kh, kw]: Shape4): string {
  return reshape(onnx, reorder(onnx, reshape(onnx, w, 1, o, i * kh * kw, 1)), o, i, kh, kw);
}

/** Convolves the NCHW image `x` with blocked weights [out, in, kh, kw]; the result is NCHW again. */
export function blockedConv(
  onnx: OnnxWriter,
  x: string,
  weight: string,
  [out, , kh, kw]: Shape4,
  { strides, pads }: ConvAttributes,
  bias?: string,
): string {
  const attributes = {
    kernel_shape: [kh, kw],
    strides: [...strides],
    pads: [...pads],
    dilations: [1, 1],
    group: 1,
  };
  const operands = [reorder(onnx, x), weight, ...(bias ? [bias] : [])];
  const [y] = onnx.node('Conv', operands, { domain, attributes }) as [string];
  return onnx.node('ReorderOutput', [y], { domain, attributes: { channels: out } })[0] as string;
}

export type Shape4 = readonly [number, number, number, number];

export const shape4 = (shape: Shape): Shape4 => shape as Shape4;
