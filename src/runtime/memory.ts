import {
  arrayOf,
  bytesPerElement,
  type DType,
  sizeOf,
  type TensorData,
  type TypedArray,
} from '../graph/index.ts';
import { type OrtTensor, ortTensor } from './node/ort.ts';

/** A tensor that stays in the worker between runs: in its memory, or in that of the device. */
export interface Held {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** To feed, or for ONNX Runtime to write into. */
  readonly tensor: OrtTensor;
}

/** Rows `from` that are written into `into` along `axis`, from `offset` on; the other dimensions are equal. */
export interface Move {
  readonly from: TensorData | Held;
  readonly into: Held;
  readonly axis: number;
  readonly offset: number;
}

/** Where tensors lie that stay in the worker. */
export interface Memory {
  put(tensor: TensorData): Promise<Held>;
  /** A copy in host memory. */
  read(held: Held): Promise<TensorData>;
  free(held: Held): void;
  /** Room for an output on its way into another tensor; room of an earlier call with this key may be taken again. */
  room(key: string, dtype: DType, shape: readonly number[]): Promise<Held>;
  /** Frees the room of keys that begin with `prefix`. */
  clear(prefix: string): void;
  /** Replaces the values of `into` by those of `from`, which has its dtype and shape. */
  copy(from: Held, into: Held): Promise<void>;
  /** Writes rows. */
  write(moves: readonly Move[]): Promise<void>;
}

interface HostHeld extends Held {
  readonly data: TypedArray;
}

const hostHeld = ({ dtype, shape, data }: TensorData): HostHeld => ({
  dtype,
  shape,
  data,
  tensor: ortTensor(dtype, data, shape),
});

/** The worker's own memory. */
export class HostMemory implements Memory {
  async put(tensor: TensorData): Promise<Held> {
    return hostHeld(tensor);
  }

  async read(held: Held): Promise<TensorData> {
    const { dtype, shape, data } = held as HostHeld;
    return { dtype, shape, data: data.slice() };
  }

  // freed memory is collected as garbage
  free(): void {}
  clear(): void {}

  async room(_key: string, dtype: DType, shape: readonly number[]): Promise<Held> {
    return hostHeld({ dtype, shape, data: emptyArray(dtype, shape) });
  }

  async copy(from: Held, into: Held): Promise<void> {
    setAll((into as HostHeld).data, (from as HostHeld).data);
  }

  async write(moves: readonly Move[]): Promise<void> {
    for (const { from, into, axis, offset } of moves)
      copyRows(into as HostHeld, from as HostHeld, axis, offset);
  }
}

/** A fresh array for a tensor. */
export function emptyArray(dtype: DType, shape: readonly number[]): TypedArray {
  return arrayOf(dtype, new ArrayBuffer(sizeOf(shape) * bytesPerElement[dtype]));
}

/** Writes `from` into `into` at `offset` along `axis`; every other dimension is equal. */
export function copyRows(into: TensorData, from: TensorData, axis: number, offset: number): void {
  const inner = sizeOf(into.shape.slice(axis + 1));
  const outer = sizeOf(into.shape.slice(0, axis));
  const rows = from.shape[axis]! * inner;
  const stride = into.shape[axis]! * inner;
  for (let i = 0; i < outer; i++) {
    setAll(into.data, from.data.subarray(i * rows, (i + 1) * rows), i * stride + offset * inner);
  }
}

/** Both have one dtype, so one kind of array. */
function setAll(into: TypedArray, from: TypedArray, at = 0): void {
  (into as Float32Array).set(from as Float32Array, at);
}
