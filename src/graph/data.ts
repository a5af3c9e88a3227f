/** Element types, by their ONNX / safetensors meaning. Host arrays of float16 and bfloat16 hold raw bits. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'int32' | 'int64' | 'int8' | 'uint8' | 'bool';

export type TypedArray = Float32Array | Uint16Array | Int32Array | BigInt64Array | Int8Array | Uint8Array;

/** A dense tensor on the host: row-major data with its shape. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Bytes of one element. */
export const bytesPerElement: { readonly [K in DType]: number } = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int32: 4,
  int64: 8,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** The number of elements of a shape; 1 for a scalar `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** A float32 host tensor; checks that the data fills the shape. */
export function f32(data: Float32Array | readonly number[], shape: readonly number[]): TensorData {
  const array = data instanceof Float32Array ? data : Float32Array.from(data);
  if (array.length !== sizeOf(shape)) {
    throw new RangeError(`f32: shape [${shape}] needs ${sizeOf(shape)} values, got ${array.length}`);
  }
  return { dtype: 'float32', shape: [...shape], data: array };
}

/** An int64 host tensor from ordinary numbers. */
export function i64(data: readonly number[] | Int32Array, shape: readonly number[]): TensorData {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(`i64: shape [${shape}] needs ${sizeOf(shape)} values, got ${data.length}`);
  }
  return { dtype: 'int64', shape: [...shape], data: BigInt64Array.from(data as readonly number[], BigInt) };
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** The typed array of a dtype over a whole buffer. */
export function arrayOf(dtype: DType, buffer: ArrayBuffer): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer);
  }
}

/** The rows of a float32 tensor along its last axis, each an array of its own. */
export function rowsOf({ shape, data }: TensorData): Float32Array[] {
  const width = shape.at(-1) ?? 1;
  const values = data as Float32Array;
  return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
}

/**
 * Rows of equal width one after the other, row-major: the data of [rows, width].
 * @param width values of a row; that of the first by default. Give it where there may be no rows
 * @throws RangeError where a row has another width
 */
export function concatRows(
  rows: readonly Float32Array[],
  width: number = rows[0]?.length ?? 0,
): Float32Array {
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    if (row.length !== width) {
      throw new RangeError(`concatRows: row ${i} must have ${width} values, got ${row.length}`);
    }
    data.set(row, i * width);
  });
  return data;
}
