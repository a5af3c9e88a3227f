import { type FileHandle, open } from 'node:fs/promises';
import { arrayOf, bytesPerElement, type DType, type TensorData } from '../../graph/index.ts';
import { CheckpointError, quote } from '../checkpointError.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../float16.ts';
import type { Float32Tensor } from '../safetensors.ts';
import type { TensorInfo } from '../safetensorsHeader.ts';
import { readArchive } from './archive.ts';
import { readRange } from './contents.ts';
import { gather } from './gather.ts';
import { readLegacy } from './legacy.ts';
import { PickleError } from './pickleValues.ts';
import { type PlacedTensor, placeTensors } from './stateDict.ts';
import { bytesOfStored } from './torchTypes.ts';

/**
 * A file of weights that torch.save wrote: its tensors, without running anything of what is in it. Both
 * containers are read, the zip archive that torch writes since 1.6 and the plain one from before. A
 * checkpoint may be the dict of tensors itself, or hold it under `state_dict`, `model_state_dict`, `model` or
 * `module`; a common prefix `module.` (of DataParallel) is left out. What else it holds (epochs, optimizers)
 * is not looked at.
 */
export class TorchFile {
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly tensors: ReadonlyMap<string, PlacedTensor>;

  private constructor(path: string, handle: FileHandle, tensors: ReadonlyMap<string, PlacedTensor>) {
    this.path = path;
    this.handle = handle;
    this.tensors = tensors;
  }

  /**
   * Throws `CheckpointError` where the file is damaged, or its pickle does what is not allowed. Close it when
   * done.
   */
  static async open(path: string): Promise<TorchFile> {
    const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
      const problem =
        cause.code === 'ENOENT' ? 'no such file' : `cannot be opened (${cause.code ?? cause.message})`;
      throw new CheckpointError({ file: path, problem, help: 'Check the path and its permissions', cause });
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new CheckpointError({ file: path, problem: 'not a file' });
      const first = Buffer.from(await readRange(handle, path, 0, Math.min(stat.size, 2)));
      const isZip = first.toString('latin1') === 'PK';
      const contents = await (isZip ? readArchive : readLegacy)(handle, path, stat.size);
      return new TorchFile(path, handle, placeTensors(path, contents));
    } catch (error) {
      await handle.close();
      if (!(error instanceof PickleError)) throw error;
      const help = 'A checkpoint of weights alone, saved as safetensors, can be read';
      throw new CheckpointError({ file: path, problem: `its pickle ${error.message}`, help, cause: error });
    }
  }

  /** The tensors' names, in the order in which they were saved. */
  names(): string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Where and what a tensor is; see `isInPlace`. Throws `CheckpointError` for an unknown name. */
  info(name: string): TensorInfo {
    return this.placed(name).info;
  }

  /**
   * Whether a tensor's values lie in the file in the order of its shape; others are gathered when they are
   * read.
   */
  isInPlace(name: string): boolean {
    return this.placed(name).tensor.isContiguous;
  }

  /** A tensor as it is stored; float16 and bfloat16 stay raw bits. The array owns its whole buffer. */
  async read(name: string): Promise<TensorData> {
    const { dtype, shape } = this.info(name);
    if (!Object.hasOwn(bytesPerElement, dtype)) {
      const help = dtype === 'float64' ? 'Read it with readFloat32' : 'Convert the tensor before';
      const expected = Object.keys(bytesPerElement).join(', ');
      throw this.fault(name, { problem: 'cannot be held as it is', expected, got: dtype, help });
    }
    return { dtype: dtype as DType, shape, data: arrayOf(dtype as DType, await this.bytes(name)) };
  }

  /** A tensor of float32, float16, bfloat16 or float64, as float32. */
  async readFloat32(name: string): Promise<Float32Tensor> {
    const { dtype, shape } = this.info(name);
    if (!Object.hasOwn(widen, dtype)) {
      const expected = Object.keys(widen).join(', ');
      throw this.fault(name, { problem: 'not a float tensor', expected, got: dtype });
    }
    return { dtype: 'float32', shape, data: widen[dtype as Widened](await this.bytes(name)) };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private placed(name: string): PlacedTensor {
    const placed = this.tensors.get(name);
    if (placed) return placed;
    const some = this.names()
      .slice(0, 3)
      .map((n) => quote(n));
    const help = `The file holds ${this.tensors.size} tensors, such as ${some.join(', ')}`;
    throw this.fault(name, { problem: 'not in this file', help });
  }

  /** The tensor's values in the order of its shape. */
  private async bytes(name: string): Promise<ArrayBuffer> {
    const { info, tensor } = this.placed(name);
    const { dtype, shape, byteOffset, byteLength } = info;
    if (tensor.isContiguous) return readRange(this.handle, this.path, byteOffset, byteLength);
    const { size } = await this.handle.stat();
    if (byteLength > size) {
      // an expanded view repeats values by a stride of 0: a small file could take all memory
      const problem = `its shape [${shape}] repeats few values, to more than the file's size`;
      throw this.fault(name, { problem, expected: `at most ${size} bytes`, got: `${byteLength}` });
    }
    const width = bytesOfStored(dtype);
    const range = await readRange(this.handle, this.path, byteOffset, tensor.span * width);
    return gather(range, width, shape, tensor.strides);
  }

  private fault(
    tensor: string,
    parts: { problem: string; expected?: string; got?: string; help?: string },
  ): CheckpointError {
    return new CheckpointError({ file: this.path, tensor, ...parts });
  }
}

type Widened = keyof typeof widen;

const widen = {
  float32: (bytes: ArrayBuffer) => new Float32Array(bytes),
  float16: (bytes: ArrayBuffer) => float16ToFloat32(new Uint16Array(bytes)),
  bfloat16: (bytes: ArrayBuffer) => bfloat16ToFloat32(new Uint16Array(bytes)),
  float64: (bytes: ArrayBuffer) => Float32Array.from(new Float64Array(bytes)),
};
