import { type FileHandle, open } from 'node:fs/promises';
import { sizeOf, type TensorData } from '../../graph/index.ts';
import { CheckpointError, quote } from '../checkpointError.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../float16.ts';
import type { Float32Tensor } from '../safetensors.ts';
import { arrayOf } from '../safetensors.ts';
import type { TensorInfo } from '../safetensorsHeader.ts';
import { bytesOfStored, TorchStorage, TorchTensor, torchPickle } from './torchTypes.ts';
import { PickleError, type PickleValue, unpickle } from './unpickle.ts';
import { readZip } from './zip.ts';

/** Files that torch.save writes. */
export const isTorchFile = (path: string): boolean => /\.(pt|pth|bin|ckpt)$/.test(path);

/** Under which keys checkpoints keep their weights, where beside other things. */
const keys = ['state_dict', 'model_state_dict', 'model', 'module'];
/** No published checkpoint's pickle is a tenth of this: values are not in it. */
const mostPickleBytes = 2 ** 27;

interface Placed extends TensorInfo {
  readonly tensor: TorchTensor;
  /** Of the storage's first byte. */
  readonly storageOffset: number;
}

/**
 * A file of weights that torch.save wrote: its tensors, without running anything of what is in it. Both containers are
 * read, the zip archive that torch writes since 1.6 and the plain one from before. A checkpoint may be the dict of
 * tensors itself, or hold it under `state_dict`, `model_state_dict`, `model` or `module`; a common prefix `module.` (of
 * DataParallel) is left out. What else it holds (epochs, optimizers) is not looked at.
 */
export class TorchFile {
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly tensors: ReadonlyMap<string, Placed>;

  private constructor(path: string, handle: FileHandle, tensors: ReadonlyMap<string, Placed>) {
    this.path = path;
    this.handle = handle;
    this.tensors = tensors;
  }

  /** Throws `CheckpointError` where the file is damaged, or its pickle does what is not allowed. Close it when done. */
  static async open(path: string): Promise<TorchFile> {
    const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
      const problem =
        cause.code === 'ENOENT' ? 'no such file' : `cannot be opened (${cause.code ?? cause.message})`;
      throw new CheckpointError({ file: path, problem, help: 'Check the path and its permissions', cause });
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new CheckpointError({ file: path, problem: 'not a file' });
      const first = new Uint8Array(4);
      await handle.read(first, 0, 4, 0);
      const isZip = first[0] === 0x50 && first[1] === 0x4b;
      const { root, storages } = isZip
        ? await readArchive(handle, path, stat.size)
        : await readLegacy(handle, path, stat.size);
      return new TorchFile(path, handle, place(path, root, storages));
    } catch (error) {
      await handle.close();
      if (!(error instanceof PickleError)) throw error;
      const help = 'A checkpoint of weights alone, saved as safetensors, can be read';
      throw new CheckpointError({ file: path, problem: `its pickle ${error.message}`, help, cause: error });
    }
  }

  names(): string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** Where and what a tensor is. Throws `CheckpointError` for an unknown name. */
  info(name: string): TensorInfo {
    return this.placed(name);
  }

  /** Whether a tensor's values lie in the file as they are read; others are gathered. */
  isInPlace(name: string): boolean {
    return this.placed(name).tensor.isContiguous;
  }

  /** A tensor as it is stored; float16 and bfloat16 stay raw bits. */
  async read(name: string): Promise<TensorData> {
    const { dtype, shape } = this.placed(name);
    if (dtype === 'float64' || dtype === 'int16') {
      throw new CheckpointError({
        file: this.path,
        tensor: name,
        problem: 'cannot be held as it is',
        got: dtype,
      });
    }
    const data = arrayOf(dtype as TensorData['dtype'], await this.bytes(name));
    return { dtype: dtype as TensorData['dtype'], shape, data };
  }

  /** A tensor of float32, float16, bfloat16 or float64, as float32. */
  async readFloat32(name: string): Promise<Float32Tensor> {
    const { dtype, shape } = this.placed(name);
    const bytes = await this.bytes(name);
    const widened =
      dtype === 'float32'
        ? new Float32Array(bytes)
        : dtype === 'float16'
          ? float16ToFloat32(new Uint16Array(bytes))
          : dtype === 'bfloat16'
            ? bfloat16ToFloat32(new Uint16Array(bytes))
            : dtype === 'float64'
              ? Float32Array.from(new Float64Array(bytes))
              : undefined;
    if (widened) return { dtype: 'float32', shape, data: widened };
    throw new CheckpointError({ file: this.path, tensor: name, problem: 'not a float tensor', got: dtype });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private placed(name: string): Placed {
    const placed = this.tensors.get(name);
    if (placed) return placed;
    const some = this.names()
      .slice(0, 3)
      .map((n) => quote(n));
    const help = `The file holds ${this.tensors.size} tensors, such as ${some.join(', ')}`;
    throw new CheckpointError({ file: this.path, tensor: name, problem: 'not in this file', help });
  }

  /** The tensor's values in the order of its shape. */
  private async bytes(name: string): Promise<ArrayBuffer> {
    const { tensor, byteOffset, byteLength, storageOffset, dtype } = this.placed(name);
    if (tensor.isContiguous) return read(this.handle, this.path, byteOffset, byteLength);
    const width = bytesOfStored(dtype);
    const whole = new Uint8Array(
      await read(this.handle, this.path, storageOffset, tensor.storage.length * width),
    );
    const out = new Uint8Array(byteLength);
    const { shape, strides } = tensor;
    const index = shape.map(() => 0);
    for (let at = 0; at < byteLength; at += width) {
      const from = width * index.reduce((sum, i, axis) => sum + i * (strides[axis] as number), tensor.offset);
      out.set(whole.subarray(from, from + width), at);
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        index[axis]!++;
        if ((index[axis] as number) < (shape[axis] as number)) break;
        index[axis] = 0;
      }
    }
    return out.buffer;
  }
}

interface Contents {
  readonly root: PickleValue;
  /** Where each storage's bytes are. */
  readonly storages: ReadonlyMap<string, { readonly offset: number; readonly size: number }>;
}

async function readArchive(handle: FileHandle, path: string, size: number): Promise<Contents> {
  const entries = await readZip(handle, path, size);
  const pickle = entries.find(({ name }) => /^[^/]*\/data\.pkl$/.test(name) || name === 'data.pkl');
  const script = entries.find(({ name }) => /(^|\/)(constants\.pkl|code\/)/.test(name));
  if (script || !pickle) {
    const what = script ? 'a TorchScript program' : 'an archive without data.pkl';
    const problem = `not a file of weights but ${what}`;
    throw new CheckpointError({
      file: path,
      problem,
      help: 'torch.save(model.state_dict(), ...) writes weights alone',
    });
  }
  if (pickle.size > mostPickleBytes) throw new PickleError('is too large for one of weights');
  const packed = entries.find(({ isStored }) => !isStored);
  if (packed) {
    const problem = `${quote(packed.name)} is compressed or encrypted, which torch.save never does`;
    throw new CheckpointError({ file: path, problem });
  }
  const order = entries.find(({ name }) => name === pickle.name.replace('data.pkl', 'byteorder'));
  if (order && order.size < 16) {
    const text = Buffer.from(await read(handle, path, order.offset, order.size)).toString('latin1');
    if (text !== 'little')
      throw new CheckpointError({ file: path, problem: `its bytes are in ${quote(text)} order` });
  }
  const prefix = pickle.name.replace('data.pkl', 'data/');
  const storages = new Map(
    entries
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, offset, size }) => [name.slice(prefix.length), { offset, size }]),
  );
  const bytes = new Uint8Array(await read(handle, path, pickle.offset, pickle.size));
  return { root: unpickle(bytes, torchPickle).value, storages };
}

/** torch's container before 1.6: five pickles (a number, a version, the system, the object, storages' keys), then values. */
async function readLegacy(handle: FileHandle, path: string, size: number): Promise<Contents> {
  const head = new Uint8Array(await read(handle, path, 0, Math.min(size, mostPickleBytes)));
  const magic = unpickle(head, torchPickle);
  if (magic.value !== 0x1950a86a20f9469cfc6cn) {
    throw new CheckpointError({ file: path, problem: 'not a file that torch.save wrote' });
  }
  const version = unpickle(head, torchPickle, magic.end);
  const system = unpickle(head, torchPickle, version.end);
  if (system.value instanceof Map && system.value.get('little_endian') === false) {
    throw new CheckpointError({ file: path, problem: 'its bytes are in big-endian order' });
  }
  const widths = new Map<string, number>();
  const noting = {
    ...torchPickle,
    persistent: (id: PickleValue): PickleValue => {
      const storage = torchPickle.persistent(id);
      if (storage instanceof TorchStorage) widths.set(storage.key, bytesOfStored(storage.dtype));
      return storage;
    },
  };
  const object = unpickle(head, noting, system.end);
  const list = unpickle(head, torchPickle, object.end);
  const storages = new Map<string, { offset: number; size: number }>();
  let at = list.end;
  for (const key of Array.isArray(list.value) ? list.value : []) {
    const width = typeof key === 'string' ? widths.get(key) : undefined;
    if (typeof key !== 'string' || width === undefined)
      throw new PickleError('lists a storage that nothing uses');
    const count = Number(new DataView(await read(handle, path, at, 8)).getBigInt64(0, true));
    if (!(Number.isSafeInteger(count) && count >= 0)) throw new PickleError('has a storage of no size');
    storages.set(key, { offset: at + 8, size: count * width });
    at += 8 + count * width;
    if (at > size) throw new PickleError('has storages that end behind the file');
  }
  return { root: object.value, storages };
}

/** The tensors of a state dict by name, each checked to lie inside of its storage. */
function place(path: string, root: PickleValue, storages: Contents['storages']): Map<string, Placed> {
  const found = new Map<string, Placed>();
  for (const [name, value] of stateDict(root)) {
    if (typeof name !== 'string' || !(value instanceof TorchTensor)) continue;
    const { storage, offset, shape } = value;
    const place = storages.get(storage.key);
    const width = bytesOfStored(storage.dtype);
    if (!place || storage.length * width > place.size) {
      const problem = place ? 'its storage is shorter than it says' : 'its storage is not in the file';
      const help = 'The file is damaged or was not downloaded completely: fetch it again';
      throw new CheckpointError({ file: path, tensor: name, problem, help });
    }
    found.set(name, {
      dtype: storage.dtype,
      shape,
      byteOffset: place.offset + offset * width,
      byteLength: sizeOf(shape) * width,
      tensor: value,
      storageOffset: place.offset,
    });
  }
  if (found.size === 0) {
    const problem = 'holds no tensors by name';
    throw new CheckpointError({
      file: path,
      problem,
      expected: `a dict of tensors, or one under ${keys.join(', ')}`,
    });
  }
  const prefix = 'module.';
  if (![...found.keys()].every((name) => name.startsWith(prefix))) return found;
  return new Map([...found].map(([name, placed]) => [name.slice(prefix.length), placed]));
}

function stateDict(root: PickleValue): Map<PickleValue, PickleValue> {
  if (!(root instanceof Map)) return new Map();
  for (const key of keys) {
    const inner = root.get(key);
    if (inner instanceof Map) return inner;
  }
  return root;
}

async function read(handle: FileHandle, file: string, offset: number, length: number): Promise<ArrayBuffer> {
  const { size } = await handle.stat();
  if (offset + length > size) {
    throw new CheckpointError({ file, problem: 'ends before its values do', help: 'Fetch it again' });
  }
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(2 ** 30, length - done), offset + done);
    if (bytesRead === 0) throw new CheckpointError({ file, problem: 'became shorter while it was open' });
    done += bytesRead;
  }
  return bytes.buffer;
}
