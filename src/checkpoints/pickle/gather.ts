import { sizeOf } from '../../graph/index.ts';

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/**
 * The values of a strided tensor in the order of its shape. `bytes` begin with the tensor's first value;
 * `width` is that of a value, `strides` count values.
 */
export function gather(
  bytes: ArrayBuffer,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
): ArrayBuffer {
  const from = words(bytes, width);
  const out = words(new ArrayBuffer(sizeOf(shape) * width), width);
  const axes = shape.length;
  const index = new Array<number>(axes).fill(0);
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = from[at] as number & bigint;
    for (let axis = axes - 1; axis >= 0; axis--) {
      const [n, stride] = [shape[axis] as number, strides[axis] as number];
      at += stride;
      index[axis]!++;
      if ((index[axis] as number) < n) break;
      at -= n * stride;
      index[axis] = 0;
    }
  }
  return out.buffer as ArrayBuffer;
}

/** Whole words, so that no value is taken for a number on the way: raw bits stay as they are. */
function words(bytes: ArrayBuffer, width: number): Words {
  switch (width) {
    case 1:
      return new Uint8Array(bytes);
    case 2:
      return new Uint16Array(bytes);
    case 4:
      return new Uint32Array(bytes);
    default:
      return new BigUint64Array(bytes);
  }
}
