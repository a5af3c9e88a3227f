import type { NBitsAttributes } from '../opset.ts';
import { describe, GraphError, makeTensor, type Tensor } from '../tensor.ts';

/** A matrix [n, k] of few bits a value; see `NBitsAttributes`. */
export interface NBitsMatrix {
  /** uint8 [n, k / block, block * bits / 8]: values plus 2^(bits - 1), two of 4 bits in a byte, the lower half first. */
  readonly packed: Tensor;
  /** float32 [n * k / block]. */
  readonly scales: Tensor;
}

/** [m, k] x [n, k] transposed -> [m, n], the second matrix stored with few bits a value. */
export function gemmNBits(a: Tensor, matrix: NBitsMatrix, attributes: NBitsAttributes): Tensor {
  const [n, k] = sizes('gemmNBits', matrix, attributes);
  if (a.rank !== 2 || a.dim(1) !== k) {
    throw new GraphError(`gemmNBits: shapes do not fit: a ${describe(a)}, matrix [${n}, ${k}]`);
  }
  return makeTensor('gemmNBits', [a, matrix.packed, matrix.scales], { ...attributes }, [a.dim(0), n]);
}

/** The gradient of `gemmNBits` with respect to its first factor: [m, n] x [n, k] -> [m, k], in float32. */
export function gemmNBitsInput(gradient: Tensor, matrix: NBitsMatrix, attributes: NBitsAttributes): Tensor {
  const [n, k] = sizes('gemmNBitsInput', matrix, attributes);
  if (gradient.rank !== 2 || gradient.dim(1) !== n) {
    throw new GraphError(
      `gemmNBitsInput: shapes do not fit: gradient ${describe(gradient)}, matrix [${n}, ${k}]`,
    );
  }
  const inputs = [gradient, matrix.packed, matrix.scales];
  return makeTensor('gemmNBitsInput', inputs, { ...attributes }, [gradient.dim(0), k]);
}

function sizes(
  who: string,
  { packed, scales }: NBitsMatrix,
  { bits, block }: NBitsAttributes,
): [number, number] {
  const [n, blocks, bytes] = packed.shape as [number, number, number];
  const fits =
    packed.rank === 3 &&
    packed.dtype === 'uint8' &&
    bytes === (block * bits) / 8 &&
    scales.shape.join() === `${n * blocks}`;
  if (!fits) {
    throw new GraphError(
      `${who}: ${bits} bits in blocks of ${block} need uint8 [n, k / ${block}, ${(block * bits) / 8}] and one scale a ` +
        `block, got ${describe(packed)} and ${describe(scales)}`,
    );
  }
  return [n, blocks * block];
}
