import { type FileHandle, open } from 'node:fs/promises';
import { writeAtomically } from '../files/index.ts';
import {
  arrayOf,
  bytesPerElement,
  type DType,
  sizeOf,
  type TensorData,
  type TypedArray,
} from '../graph/index.ts';
import { CheckpointError, quote } from './checkpointError.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './float16.ts';
import {
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  type TensorInfo,
} from './safetensorsHeader.ts';

/** One read or write call takes at most this: the operating system's own limit is 2 GiB. */
const chunkBytes = 2 ** 30;

/** A float32 tensor on the host. */
export interface Float32Tensor {
  /** Always `float32`. */
  readonly dtype: 'float32';
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** All elements in row-major order. */
  readonly data: Float32Array;
}

/** An open `.safetensors` file: its checked header, and tensors read on demand. */
export class SafetensorsFile {
  /** Path of the file. */
  readonly path: string;
  private readonly header: SafetensorsHeader;
  private readonly handle: FileHandle;

  private constructor(path: string, header: SafetensorsHeader, handle: FileHandle) {
    this.path = path;
    this.header = header;
    this.handle = handle;
  }

  /** Opens a file and checks its whole header. Throws `CheckpointError`. Close it when done. */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
      const problem =
        cause.code === 'ENOENT' ? 'no such file' : `cannot be opened (${cause.code ?? cause.message})`;
      throw new CheckpointError({ file: path, problem, help: 'Check the path and its permissions', cause });
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile())
        throw new CheckpointError({ file: path, problem: 'not a file', expected: 'a .safetensors file' });
      const prefix = new Uint8Array(8);
      const read = await readFully(handle, prefix, 0);
      const length = parseHeaderLength(path, prefix.subarray(0, read), stat.size);
      const json = new Uint8Array(length);
      const got = await readFully(handle, json, 8);
      if (got !== length) throw shortRead(path, undefined, length, got);
      return new SafetensorsFile(path, parseHeader(path, json, stat.size), handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The tensors' names, in the header's order. */
  names(): string[] {
    return [...this.header.tensors.keys()];
  }

  /** Whether the file holds a tensor `name`. */
  has(name: string): boolean {
    return this.header.tensors.has(name);
  }

  /** Where and what a tensor is. Throws `CheckpointError` for an unknown name. */
  info(name: string): TensorInfo {
    const info = this.header.tensors.get(name);
    if (info === undefined) {
      const help = `The file holds ${this.header.tensors.size} tensors, such as ${this.names()
        .slice(0, 3)
        .map((n) => quote(n))
        .join(', ')}`;
      throw new CheckpointError({ file: this.path, tensor: name, problem: 'not in this file', help });
    }
    return info;
  }

  /** The file's `__metadata__`. */
  get metadata(): ReadonlyMap<string, string> {
    return this.header.metadata;
  }

  /** A tensor as it is stored; float16 and bfloat16 stay raw bits. The array owns its whole buffer. */
  async read(name: string): Promise<TensorData> {
    const { dtype, shape } = this.info(name);
    if (!Object.hasOwn(bytesPerElement, dtype)) {
      const help = dtype === 'float64' ? 'Read it with readFloat32' : 'Convert the tensor before';
      const expected = Object.keys(bytesPerElement).join(', ');
      throw new CheckpointError({
        file: this.path,
        tensor: name,
        problem: 'cannot be held as it is',
        expected,
        got: dtype,
        help,
      });
    }
    return { dtype: dtype as DType, shape, data: arrayOf(dtype as DType, await this.readBytes(name)) };
  }

  /** A tensor of float32, float16, bfloat16 or float64, as float32. */
  async readFloat32(name: string): Promise<Float32Tensor> {
    const { shape } = this.info(name);
    return { dtype: 'float32', shape, data: await this.readFloat32Range(name, 0, sizeOf(shape)) };
  }

  /** As `readFloat32`, `count` values from `from` on, flat: a part of a tensor that memory does not hold as a whole. */
  async readFloat32Range(name: string, from: number, count: number): Promise<Float32Array> {
    const { dtype, shape, byteLength } = this.info(name);
    const toFloat32 = widen[dtype];
    if (toFloat32 === undefined) {
      const expected = Object.keys(widen).join(', ');
      throw new CheckpointError({
        file: this.path,
        tensor: name,
        problem: 'not a float tensor',
        expected,
        got: dtype,
      });
    }
    const size = sizeOf(shape);
    if (from < 0 || count < 0 || from + count > size)
      throw new RangeError(`${name}: ${count} values from ${from} on, of ${size}`);
    const width = size === 0 ? 0 : byteLength / size;
    return toFloat32(await this.readBytes(name, from * width, count * width));
  }

  /** Closes the file. Reading afterwards fails. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  private async readBytes(name: string, from = 0, length = this.info(name).byteLength): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    const got = await readFully(this.handle, bytes, this.info(name).byteOffset + from);
    if (got !== length) throw shortRead(this.path, name, length, got);
    return bytes.buffer;
  }
}

const widen: { readonly [dtype: string]: (bytes: ArrayBuffer) => Float32Array } = {
  float32: (bytes) => new Float32Array(bytes),
  float16: (bytes) => float16ToFloat32(new Uint16Array(bytes)),
  bfloat16: (bytes) => bfloat16ToFloat32(new Uint16Array(bytes)),
  float64: (bytes) => Float32Array.from(new Float64Array(bytes)),
};

const codes: { readonly [K in DType]: string } = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
  int64: 'I64',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

/** What a tensor of a file in the making is. */
export interface TensorHeader {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Writes a `.safetensors` file atomically. The same tensors and metadata give the same bytes: widest dtype first,
 * then by name; the data begins at a multiple of 8 bytes, so that every tensor is aligned to its element.
 * The tensors must not change until the promise resolves. Errors of the file system (a full disk) leave an
 * existing file at `path` intact.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorData>> | ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const named: ReadonlyMap<string, TensorData> =
    tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  for (const [name, tensor] of named) checkTensor(path, name, tensor);
  const headers = [...named]
    .map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
    .sort((a, b) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype] || (a.name < b.name ? -1 : 1));
  await streamSafetensors(path, headers, ({ name }) => [named.get(name)?.data as TypedArray], metadata);
}

/**
 * `writeSafetensors` for files larger than memory: `values` is asked for one tensor after the other, in the order in
 * which they are given and stored, and gives its values in pieces of any size.
 */
export async function streamSafetensors(
  path: string,
  tensors: readonly TensorHeader[],
  values: (tensor: TensorHeader) => Iterable<TypedArray> | AsyncIterable<TypedArray>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { header, end } = headerBytes(path, tensors, metadata);
  try {
    await writeAtomically(path, async (temporary) => {
      const file = await open(temporary, 'wx');
      try {
        await writeFully(file, header);
        for (const tensor of tensors) {
          let written = 0;
          for await (const piece of values(tensor)) {
            await writeFully(file, new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
            written += piece.byteLength;
          }
          if (written !== bytesOf(tensor)) throw wrongSize(path, tensor, written);
        }
      } finally {
        await file.close();
      }
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause; // not of the file system
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const problem = full ? 'the disk is full' : `cannot be written (${message})`;
    const help = full
      ? `Free at least ${header.length + end} bytes`
      : 'Check that the folder exists and may be written';
    throw new CheckpointError({ file: path, problem, help, cause });
  }
}

/** The file up to its first tensor, and how many bytes of tensors follow. */
function headerBytes(
  path: string,
  tensors: readonly TensorHeader[],
  metadata: Readonly<Record<string, string>>,
): { header: Buffer; end: number } {
  const parts: string[] = [];
  const pairs = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.length > 0) {
    parts.push(
      `"__metadata__":{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`,
    );
  }
  let end = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    checkHeader(path, tensor);
    const begin = end;
    end += bytesOf(tensor);
    parts.push(
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: codes[dtype], shape, data_offsets: [begin, end] })}`,
    );
  }
  const json = Buffer.from(`{${parts.join(',')}}`);
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return { header, end };
}

const bytesOf = ({ dtype, shape }: TensorHeader): number => sizeOf(shape) * bytesPerElement[dtype];

function checkTensor(file: string, name: string, { dtype, shape, data }: TensorData): void {
  const tensor = { name, dtype, shape };
  checkHeader(file, tensor);
  if (bytesOf(tensor) !== data.byteLength) throw wrongSize(file, tensor, data.byteLength);
}

function wrongSize(file: string, tensor: TensorHeader, got: number): CheckpointError {
  const problem = `shape [${tensor.shape}] of ${tensor.dtype} does not fit its data`;
  return new CheckpointError({
    file,
    tensor: tensor.name,
    problem,
    expected: `${bytesOf(tensor)} bytes`,
    got: `${got}`,
  });
}

function checkHeader(file: string, { name: tensor, dtype, shape }: TensorHeader): void {
  if (tensor === '__metadata__') {
    throw new CheckpointError({
      file,
      tensor,
      problem: 'this name is reserved by the format',
      help: 'Rename it',
    });
  }
  if (!Object.hasOwn(codes, dtype)) {
    const expected = `one of ${Object.keys(codes).join(', ')}`;
    throw new CheckpointError({ file, tensor, problem: 'unknown dtype', expected, got: quote(dtype) });
  }
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0)) {
    throw new CheckpointError({
      file,
      tensor,
      problem: 'wrong shape',
      expected: 'whole numbers from 0',
      got: `[${shape}]`,
    });
  }
}

async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.byteLength) {
    const length = Math.min(chunkBytes, into.byteLength - done);
    const { bytesRead } = await file.read(into, done, length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(chunkBytes, bytes.byteLength - done));
    done += bytesWritten;
  }
}

function shortRead(file: string, tensor: string | undefined, expected: number, got: number): CheckpointError {
  return new CheckpointError({
    file,
    tensor,
    problem: 'the file became shorter while it was open',
    expected: `${expected} bytes`,
    got: `${got}`,
    help: 'Do not write a checkpoint in place while it is read',
  });
}
