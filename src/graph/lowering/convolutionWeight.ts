import type { NodeOptions, OnnxWriter } from '../onnx.ts';
import type { ConvAttributes, OpAttributes } from '../opset.ts';
import type { Shape } from '../tensor.ts';
import {
  blockedTranspose,
  blockedTransposedProduct,
  canBlock,
  channelsLast,
  type Shape4,
  shape4,
} from './blocked.ts';

/** The gradient of a convolution's weight [co, ci, kh, kw], from x [n, ci, h, w] and the output's gradient. */
export interface WeightGradient extends ConvAttributes {
  readonly x: Shape4;
  /** [n, co, ho, wo] */
  readonly gradient: Shape4;
  readonly kernel: readonly [number, number];
}

export const weightGradient = (
  x: Shape,
  gradient: Shape,
  { strides, pads, kernel }: OpAttributes['conv2dWeight'],
): WeightGradient => ({ x: shape4(x), gradient: shape4(gradient), strides, pads, kernel });

const one = (onnx: OnnxWriter, type: string, inputs: readonly string[], options: NodeOptions = {}): string =>
  onnx.node(type, inputs, options)[0] as string;

/**
 * One matrix product for each kernel position, over the input shifted by that position: 64 to 82 GFLOPS on one thread,
 * where a convolution with transposed operands gives 8 to 70.
 */
export function byTaps(
  onnx: OnnxWriter,
  from: string,
  gradient: string,
  problem: WeightGradient,
  { blocked = true }: { blocked?: boolean } = {},
): string {
  const { strides, pads, kernel } = problem;
  const [n, co, ho, wo] = problem.gradient;
  const [, ci, h, w] = problem.x;
  // Channels first: then all samples and pixels are one inner dimension, and no sum over samples is left.
  const channelsFirst = (name: string): string =>
    one(onnx, 'Transpose', [name], { attributes: { perm: [1, 0, 2, 3] } });
  const g = one(onnx, 'Reshape', [channelsFirst(gradient), onnx.ints([co, n * ho * wo])]);
  let padded = channelsFirst(from); // [ci, n, h, w]
  if (pads.some((p) => p > 0))
    padded = one(onnx, 'Pad', [padded, onnx.ints([0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]])]);
  const size = [h + pads[0] + pads[2], w + pads[1] + pads[3]];
  const taps: string[] = [];
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      const ends = [i + (ho - 1) * strides[0] + 1, j + (wo - 1) * strides[1] + 1];
      const whole = i === 0 && j === 0 && ends.join() === size.join() && strides.join() === '1,1';
      const steps = [[i, j], ends, [2, 3], strides].map((v) => onnx.ints(v));
      const shifted = whole ? padded : one(onnx, 'Slice', [padded, ...steps]);
      const flat = one(onnx, 'Reshape', [shifted, onnx.ints([ci, n * ho * wo])]);
      const product = one(onnx, 'Gemm', [g, flat], { attributes: { transB: 1 } }); // [co, ci]
      taps.push(one(onnx, 'Reshape', [product, onnx.ints([1, co * ci])]));
    }
  }
  if (taps.length === 1) return one(onnx, 'Reshape', [taps[0] as string, onnx.ints([co, ci, 1, 1])]);
  const all = one(onnx, 'Concat', taps, { attributes: { axis: 0 } }); // [kh * kw, co * ci]
  const last =
    blocked && canBlock(co * ci)
      ? blockedTranspose(onnx, all, [1, taps.length, co * ci])
      : one(onnx, 'Transpose', [all], { attributes: { perm: [1, 0] } });
  return one(onnx, 'Reshape', [last, onnx.ints([co, ci, ...kernel])]);
}

/** Patches up to this many values stay in the processor's caches. */
const mostValues = 3_200_000;

export function canGatherPatches({ x, gradient, kernel }: WeightGradient): boolean {
  const pixels = gradient[0] * gradient[2] * gradient[3];
  const taps = kernel[0] * kernel[1];
  return taps > 1 && canBlock(x[1], gradient[1], pixels) && taps * pixels * x[1] <= mostValues;
}

/**
 * For small images: all patches as rows of one matrix, gathered from channels-last pixels, and one product. 77 to 94
 * GFLOPS on one thread, and all of its steps run on several threads, which Slice does not.
 */
export function byPatches(onnx: OnnxWriter, from: string, gradient: string, problem: WeightGradient): string {
  const [n, co, ho, wo] = problem.gradient;
  const [, ci, h, w] = problem.x;
  const { kernel, strides, pads } = problem;
  const taps = kernel[0] * kernel[1];
  const pixels = n * ho * wo;
  const table = onnx.shared(`patches ${[n, h, w, ho, wo, kernel, strides, pads]}`, () => ({
    dtype: 'int32',
    shape: [pixels, taps],
    data: patchIndices(problem),
  }));
  const zeros = onnx.constant({ dtype: 'float32', shape: [1, ci], data: new Float32Array(ci) });
  const rows = [channelsLast(onnx, from, [n, ci, h * w]), zeros];
  const source = one(onnx, 'Concat', rows, { attributes: { axis: 0 } }); // [n * h * w + 1, ci]
  const patches = one(onnx, 'Gather', [source, table], { attributes: { axis: 0 } }); // [pixels, taps, ci]
  const flat = one(onnx, 'Reshape', [patches, onnx.ints([pixels, taps * ci])]);
  const g = channelsLast(onnx, gradient, [n, co, ho * wo]); // [pixels, co]
  const product = blockedTransposedProduct(onnx, g, flat, [pixels, co, taps * ci]); // [co, taps * ci]
  const last = blockedTranspose(onnx, product, [co, taps, ci]);
  return one(onnx, 'Reshape', [last, onnx.ints([co, ci, ...kernel])]);
}

/** For each output pixel and kernel position the input pixel that they meet; the row behind the last one is zero. */
function patchIndices({ x, gradient, kernel, strides, pads }: WeightGradient): Int32Array {
  const [n, , h, w] = x;
  const [, , ho, wo] = gradient;
  const indices = new Int32Array(n * ho * wo * kernel[0] * kernel[1]);
  let at = 0;
  for (let b = 0; b < n; b++) {
    for (let i = 0; i < ho; i++) {
      for (let j = 0; j < wo; j++) {
        for (let p = 0; p < kernel[0]; p++) {
          for (let q = 0; q < kernel[1]; q++) {
            const [y, z] = [i * strides[0] + p - pads[0], j * strides[1] + q - pads[1]];
            const inside = y >= 0 && y < h && z >= 0 && z < w;
            indices[at++] = inside ? (b * h + y) * w + z : n * h * w;
          }
        }
      }
    }
  }
  return indices;
}
