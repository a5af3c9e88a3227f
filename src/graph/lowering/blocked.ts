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

function reorderBack(onnx: OnnxWriter, x: string, channels: number, channelsLast = false): string {
  const attributes = { channels, ...(channelsLast ? { channels_last: 1 } : {}) };
  return onnx.node('ReorderOutput', [x], { domain, attributes })[0] as string;
}

function reshape(onnx: OnnxWriter, x: string, ...shape: number[]): string {
  return onnx.node('Reshape', [x, onnx.ints(shape)])[0] as string;
}

/**
 * Transposes matrices [n, rows, columns] whose columns are a multiple of 16, by going into blocks and out of them
 * another way: five times as fast as Transpose where rows are few.
 */
export function blockedTranspose(onnx: OnnxWriter, x: string, [n, rows, columns]: Shape3): string {
  const blocks = reorder(onnx, reshape(onnx, x, n, rows, 1, columns), true);
  return reshape(onnx, reorderBack(onnx, blocks, columns), n, columns, rows);
}

/** Images [n, c, pixels] as rows [n * pixels, c]; channels a multiple of 16. */
export function channelsLast(onnx: OnnxWriter, x: string, [n, c, pixels]: Shape3): string {
  const blocks = reorder(onnx, reshape(onnx, x, n, c, pixels, 1));
  return reshape(onnx, reorderBack(onnx, blocks, c, true), n * pixels, c);
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
  const blocks = reorder(onnx, reshape(onnx, w, 1, o, i * k, 1));
  let last = reshape(onnx, reorderBack(onnx, blocks, o, true), i, k, 1, o); // channels-last images of `out` channels
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
  return reorderBack(onnx, y, out);
}

/**
 * The product of a transposed matrix, a [k, m], with b [k, n] -> [m, n], as a convolution of size 1 over k channels:
 * the matrix kernels read a transposed operand slowly where the result is large (66 to 72 GFLOPS, so 80 to 119).
 */
export function blockedTransposedProduct(onnx: OnnxWriter, a: string, b: string, [k, m, n]: Shape3): string {
  // b's columns are the output channels; reordering them makes blocks of k as well, because k is outside of them
  const weight = reshape(onnx, reorder(onnx, reshape(onnx, b, 1, k, 1, n), true), n, k, 1, 1);
  const image = reorder(onnx, reshape(onnx, a, 1, k, m, 1));
  const attributes = {
    kernel_shape: [1, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 1,
  };
  const [y] = onnx.node('Conv', [image, weight], { domain, attributes }) as [string];
  return reshape(onnx, reorderBack(onnx, y, n, true), m, n);
}

export type Shape3 = readonly [number, number, number];
export type Shape4 = readonly [number, number, number, number];

export const shape4 = (shape: Shape): Shape4 => shape as Shape4;
