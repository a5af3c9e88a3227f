import {
  arrayOf,
  bytesPerElement,
  type DType,
  type OnnxValue,
  sizeOf,
  type TensorData,
  type TypedArray,
} from '../graph/index.ts';

const arrayNames: { readonly [K in DType]: string } = {
  float32: 'Float32Array',
  float16: 'Uint16Array',
  bfloat16: 'Uint16Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
};

/** Checks that a tensor's array has the kind and length that its dtype and shape say. Throws a TypeError. */
export function checkTensorData(who: string, { dtype, shape, data }: TensorData): void {
  const kind = data?.[Symbol.toStringTag];
  if (kind !== arrayNames[dtype]) {
    throw new TypeError(`${who}: ${dtype} needs a ${arrayNames[dtype]}, got ${kind ?? typeof data}`);
  }
  if (data.length !== sizeOf(shape)) {
    throw new TypeError(`${who}: shape [${shape}] needs ${sizeOf(shape)} values, got ${data.length}`);
  }
}

/** Checks that a value has the dtype and shape of a program's input or output. Throws a TypeError. */
export function checkValue(
  who: string,
  expected: OnnxValue,
  got: { dtype: DType; shape: readonly number[] },
): void {
  if (expected.dtype !== got.dtype || !fitsShape(expected.shape, got.shape)) {
    throw new TypeError(
      `${who}: expected ${expected.dtype} [${expected.shape}], got ${got.dtype} [${got.shape}]`,
    );
  }
}

/** Whether a shape is as expected, where -1 stands for any dimension. */
function fitsShape(expected: readonly number[], got: readonly number[]): boolean {
  return expected.length === got.length && expected.every((n, i) => n === -1 || n === got[i]);
}

/**
 * The tensor to post to a worker. With `transfer`, an array that owns its whole buffer moves there and is empty
 * here afterwards; every other one is copied, once.
 */
export function outgoing(tensor: TensorData, transfer: boolean, moved: Set<ArrayBuffer>): TensorData {
  const { dtype, shape, data } = tensor;
  const { buffer } = data;
  if (transfer && buffer instanceof ArrayBuffer && data.byteLength === buffer.byteLength) {
    moved.add(buffer);
    return { dtype, shape, data };
  }
  const copy = new ArrayBuffer(data.length * bytesPerElement[dtype]);
  const copied: TypedArray = arrayOf(dtype, copy);
  (copied as Float32Array).set(data as Float32Array);
  moved.add(copy);
  return { dtype, shape, data: copied };
}
