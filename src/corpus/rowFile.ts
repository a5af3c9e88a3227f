import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { float16ToFloat32, float32ToFloat16 } from '../checkpoints/index.ts';
import { claim } from '../files/index.ts';
import { sizeOf } from '../graph/index.ts';

/**
 * A file of equal rows, without a header: row i begins at i x bytes per row. Frames are stored as `uint8`, features as
 * `float16` (half the disk, and precise enough for inputs of a network).
 */
export interface RowShape {
  readonly dtype: 'uint8' | 'float16';
  /** Shape of one row. */
  readonly shape: readonly number[];
}

const bytesOf = ({ dtype, shape }: RowShape): number => sizeOf(shape) * (dtype === 'uint8' ? 1 : 2);

/** Writes rows one after the other; the file takes its name only when all are there. */
export class RowWriter {
  private readonly handle: FileHandle;
  private readonly path: string;
  private readonly row: RowShape;
  private readonly resumes: boolean;
  private readonly release: () => Promise<void>;
  /** Rows in the file. */
  count: number;

  private constructor(
    handle: FileHandle,
    path: string,
    row: RowShape,
    count: number,
    resumes: boolean,
    release: () => Promise<void>,
  ) {
    this.handle = handle;
    this.path = path;
    this.row = row;
    this.count = count;
    this.resumes = resumes;
    this.release = release;
  }

  /**
   * Begins a file. With `resume` it goes on after what an earlier process wrote before it ended, whole multiples of so
   * many rows: `count` says how many are there. That is right only where the path names all that the rows depend on.
   */
  static async create(path: string, row: RowShape, resume = 0): Promise<RowWriter> {
    await mkdir(dirname(path), { recursive: true });
    const claimed = await claim(path);
    const part = `${path}.tmp`;
    const { size } = resume > 0 ? await stat(part).catch(() => ({ size: 0 })) : { size: 0 };
    const count = resume > 0 ? Math.floor(size / bytesOf(row) / resume) * resume : 0;
    const handle = await open(part, count > 0 ? 'a' : 'w');
    await handle.truncate(count * bytesOf(row));
    return new RowWriter(handle, path, row, count, resume > 0, () => claimed.release());
  }

  /** Appends whole rows: bytes for `uint8`, values (rounded to half precision) for `float16`. */
  async append(values: Uint8Array | Float32Array): Promise<void> {
    const bytes = values instanceof Uint8Array ? values : asBytes(float32ToFloat16(values));
    const rows = bytes.length / bytesOf(this.row);
    if (!Number.isInteger(rows)) {
      throw new RangeError(
        `RowWriter ${this.path}: ${bytes.length} bytes are no whole rows of [${this.row.shape}]`,
      );
    }
    await this.handle.writeFile(bytes);
    this.count += rows;
  }

  /** Drops all rows behind the first `count`. */
  async truncate(count: number): Promise<void> {
    if (!Number.isInteger(count) || count < 0 || count > this.count)
      throw new RangeError(`RowWriter ${this.path}: cannot keep ${count} of ${this.count} rows`);
    await this.handle.truncate(count * bytesOf(this.row));
    this.count = count;
  }

  async finish(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(`${this.path}.tmp`, this.path);
    await this.release();
  }

  /** Closes an unfinished file: kept where it can be resumed, else removed. */
  async abandon(): Promise<void> {
    await this.handle.close();
    if (!this.resumes) await rm(`${this.path}.tmp`, { force: true });
    await this.release();
  }
}

/**
 * Reads single rows of bytes from disk; the operating system's page cache makes repeated reads cheap. The
 * file is open only while it is read, so that rows which are forgotten hold nothing.
 */
export class FrameRows {
  readonly count: number;
  readonly shape: readonly number[];
  private readonly path: string;
  private isClosed = false;

  private constructor(path: string, shape: readonly number[], count: number) {
    this.path = path;
    this.shape = shape;
    this.count = count;
  }

  static async open(path: string, shape: readonly number[]): Promise<FrameRows> {
    const { size } = await stat(path);
    return new FrameRows(path, shape, Math.floor(size / sizeOf(shape)));
  }

  /** `length` bytes of row `index` from byte `offset`; the whole row by default. */
  async read(index: number, offset = 0, length: number = sizeOf(this.shape) - offset): Promise<Uint8Array> {
    if (!isRow(index, this.count)) throw new RangeError(`FrameRows: row ${index} of ${this.count}`);
    if (this.isClosed) throw new Error(`FrameRows: ${this.path} is closed`);
    const bytes = new Uint8Array(length);
    const handle = await open(this.path, 'r');
    try {
      const { bytesRead } = await handle.read(bytes, 0, length, index * sizeOf(this.shape) + offset);
      if (bytesRead !== length) throw new RangeError(`FrameRows: ${this.path} ended within row ${index}`);
    } finally {
      await handle.close();
    }
    return bytes;
  }

  /** Ends the use of the rows: later reads fail. */
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Half-precision rows held in memory, widened on reading. */
export class FeatureRows {
  readonly shape: readonly number[];
  readonly count: number;
  private readonly bits: Uint16Array;
  private readonly size: number;

  private constructor(bits: Uint16Array, shape: readonly number[]) {
    this.bits = bits;
    this.shape = shape;
    this.size = sizeOf(shape);
    this.count = bits.length / this.size;
  }

  static async load(path: string, shape: readonly number[]): Promise<FeatureRows> {
    const bytes = await readFile(path);
    const aligned = bytes.byteOffset % 2 === 0 ? bytes : Buffer.from(bytes);
    return new FeatureRows(new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2), shape);
  }

  /** Copies row `index` into `into` at `offset`. */
  copy(index: number, into: Float32Array, offset: number): void {
    if (!isRow(index, this.count)) throw new RangeError(`FeatureRows: row ${index} of ${this.count}`);
    into.set(float16ToFloat32(this.bits.subarray(index * this.size, (index + 1) * this.size)), offset);
  }

  /** Rows as one float32 array [indices.length, ...shape]. */
  batch(indices: readonly number[]): Float32Array {
    const out = new Float32Array(indices.length * this.size);
    indices.forEach((row, i) => {
      this.copy(row, out, i * this.size);
    });
    return out;
  }
}

const isRow = (index: number, count: number): boolean =>
  Number.isInteger(index) && index >= 0 && index < count;

const asBytes = (a: Uint16Array): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
