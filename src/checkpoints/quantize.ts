/**
 * A matrix as `MatMulNBits` of ONNX Runtime reads it: whole numbers plus 2^(bits - 1) in blocks along the rows, and a
 * scale for each block.
 */
export interface QuantizedMatrix {
  /** Row after row; of 4 bits two values a byte, the lower half first. */
  readonly packed: Uint8Array;
  readonly scales: Float32Array;
}

/**
 * Quantises rows of a matrix symmetrically, block by block: w ~ (q - 2^(bits - 1)) * scale.
 *
 * The scale is such that the value of the largest magnitude becomes -2^(bits - 1), whatever its sign (as llama.cpp's
 * Q4_0 and Q8_0 do it): so all 2^bits numbers are used. Round-off is at most half a scale, and one scale for values
 * close to the opposite of the largest one.
 *
 * @param values row-major; every row a multiple of `block` long
 * @param block values that share a scale, a multiple of 2
 */
export function quantizeRows(values: Float32Array, bits: 4 | 8, block: number): QuantizedMatrix {
  const blocks = values.length / block;
  if (!Number.isInteger(blocks) || block % 2 !== 0) {
    throw new RangeError(`quantizeRows: ${values.length} values are no whole number of blocks of ${block}`);
  }
  const half = 2 ** (bits - 1);
  const most = 2 * half - 1;
  const packed = new Uint8Array((values.length * bits) / 8);
  const scales = new Float32Array(blocks);
  const integers = new Uint8Array(block);
  for (let b = 0; b < blocks; b++) {
    const from = b * block;
    let largest = 0;
    for (let i = from; i < from + block; i++) {
      const v = values[i] as number;
      if (Math.abs(v) > Math.abs(largest)) largest = v;
    }
    const scale = largest === 0 ? 0 : Math.fround(largest / -half);
    scales[b] = scale;
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let i = 0; i < block; i++) {
      const q = Math.floor((values[from + i] as number) * inverse + half + 0.5);
      integers[i] = q > most ? most : q < 0 ? 0 : q;
    }
    if (bits === 8) packed.set(integers, from);
    else {
      for (let i = 0; i < block; i += 2)
        packed[(from + i) >> 1] = (integers[i] as number) | ((integers[i + 1] as number) << 4);
    }
  }
  return { packed, scales };
}

/** The inverse of `quantizeRows`, up to its round-off. */
export function dequantizeRows(
  { packed, scales }: QuantizedMatrix,
  bits: 4 | 8,
  block: number,
): Float32Array {
  const half = 2 ** (bits - 1);
  const out = new Float32Array((packed.length * 8) / bits);
  for (let i = 0; i < out.length; i++) {
    const byte = packed[bits === 8 ? i : i >> 1] as number;
    const q = bits === 8 ? byte : i % 2 === 0 ? byte & 15 : byte >> 4;
    out[i] = (q - half) * (scales[Math.floor(i / block)] as number);
  }
  return out;
}
