import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeAtomically } from '../../files/index.ts';
import { bytesPerElement, sizeOf, type TypedArray } from '../../graph/index.ts';
import { CheckpointError } from '../checkpointError.ts';
import type { TensorHeader } from '../safetensors.ts';
import { crc32 } from './crc32.ts';
import { storageTypes } from './torchTypes.ts';

export interface TorchTensorSource extends TensorHeader {
  /** Its values in pieces of any size. */
  readonly data: () => Iterable<TypedArray> | AsyncIterable<TypedArray>;
}

export interface WriteTorchOptions {
  /** Puts the tensors under a key of an outer dict, as training scripts do: 'state_dict'. */
  readonly under?: string;
}

interface Entry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

/** Values begin at multiples of this, as torch places them. */
const alignment = 64;
const most32 = 0xffff_ffff;

/**
 * Writes tensors as torch.save does (a zip archive, protocol 2), atomically, one tensor at a time: torch.load reads it.
 * Throws `CheckpointError` for dtypes that torch has no storage for, or values of another size than the shape's.
 */
export async function writeTorchFile(
  path: string,
  tensors: Iterable<TorchTensorSource>,
  { under }: WriteTorchOptions = {},
): Promise<void> {
  const all = [...tensors];
  const root = basename(path).replace(/\.[^.]*$/, '') || 'archive';
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'w+');
    const entries: Entry[] = [];
    let at = 0;
    const put = async (bytes: Uint8Array): Promise<void> => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(
          bytes,
          done,
          Math.min(2 ** 30, bytes.length - done),
          at + done,
        );
        done += bytesWritten;
      }
      at += bytes.length;
    };
    const add = async (
      name: string,
      size: number,
      pieces: Iterable<TypedArray> | AsyncIterable<TypedArray>,
    ): Promise<void> => {
      const start = at;
      const header = (crc: number): Buffer => localHeader(`${root}/${name}`, size, crc, start);
      await put(header(0));
      let crc = 0;
      let written = 0;
      for await (const piece of pieces) {
        const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
        crc = crc32(bytes, crc);
        written += bytes.length;
        await put(bytes);
      }
      if (written !== size) {
        const problem = 'its values are not those of its shape';
        throw new CheckpointError({
          file: path,
          tensor: name,
          problem,
          expected: `${size} bytes`,
          got: `${written}`,
        });
      }
      const whole = header(crc);
      await file.write(whole, 0, whole.length, start); // now that the checksum is known
      entries.push({ name: `${root}/${name}`, offset: start, size, crc });
    };
    try {
      const pickle = pickled(path, all, under);
      await add('data.pkl', pickle.length, [pickle]);
      const order = Buffer.from('little');
      await add('byteorder', order.length, [order]);
      for (const [i, { dtype, shape, data }] of all.entries())
        await add(`data/${i}`, sizeOf(shape) * bytesPerElement[dtype], data());
      const version = Buffer.from('3\n');
      await add('version', version.length, [version]);
      await put(centralDirectory(entries, at));
    } finally {
      await file.close();
    }
  });
}

/** The dict of tensors as torch.save pickles it. */
function pickled(path: string, tensors: readonly TorchTensorSource[], under: string | undefined): Buffer {
  const parts: Buffer[] = [Buffer.from([0x80, 2])];
  const op = (code: string): void => void parts.push(Buffer.from(code, 'latin1'));
  const int = (value: number): void => {
    const bytes = Buffer.alloc(10);
    if (value <= 0x7fff_ffff) {
      bytes.write('J');
      bytes.writeInt32LE(value, 1);
      parts.push(bytes.subarray(0, 5));
    } else {
      bytes.set([0x8a, 8]);
      bytes.writeBigInt64LE(BigInt(value), 2);
      parts.push(bytes);
    }
  };
  const text = (value: string): void => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(5);
    length.write('X');
    length.writeUInt32LE(bytes.length, 1);
    parts.push(length, bytes);
  };
  const ints = (values: readonly number[]): void => {
    op('(');
    for (const v of values) int(v);
    op('t');
  };
  const global = (name: string): void => {
    const dot = name.lastIndexOf('.');
    op(`c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`);
  };
  op('}');
  if (under !== undefined) {
    text(under);
    op('}');
  }
  op('(');
  for (const [i, { name, dtype, shape }] of tensors.entries()) {
    const storage = Object.entries(storageTypes).find(([, type]) => type.dtype === dtype)?.[0];
    if (!storage)
      throw new CheckpointError({ file: path, tensor: name, problem: 'torch has no such dtype', got: dtype });
    text(name);
    global('torch._utils._rebuild_tensor_v2');
    op('((');
    text('storage');
    global(storage);
    text(String(i));
    text('cpu');
    int(sizeOf(shape));
    op('tQ');
    int(0);
    ints(shape);
    ints(shape.map((_, axis) => sizeOf(shape.slice(axis + 1))));
    op('\x89'); // needs no gradient
    global('collections.OrderedDict');
    op(')R');
    op('tR');
  }
  op('u');
  if (under !== undefined) op('s');
  op('.');
  return Buffer.concat(parts);
}

/** A file's header, with as much padding in an extra field as brings its values to a multiple of 64. */
function localHeader(name: string, size: number, crc: number, at: number): Buffer {
  const text = Buffer.from(name);
  const wide = size > most32;
  const fixed = 30 + text.length + (wide ? 20 : 0);
  const padding = (alignment - ((at + fixed + 4) % alignment)) % alignment;
  const out = Buffer.alloc(fixed + 4 + padding);
  out.writeUInt32LE(0x04034b50, 0);
  out.writeUInt16LE(wide ? 45 : 20, 4);
  out.writeUInt16LE(0x0800, 6); // the name is UTF-8
  out.writeUInt16LE(0x21, 12); // the first day of 1980: equal tensors give equal bytes
  out.writeUInt32LE(crc, 14);
  out.writeUInt32LE(wide ? most32 : size, 18);
  out.writeUInt32LE(wide ? most32 : size, 22);
  out.writeUInt16LE(text.length, 26);
  out.writeUInt16LE(out.length - 30 - text.length, 28);
  text.copy(out, 30);
  let extra = 30 + text.length;
  if (wide) {
    out.writeUInt16LE(1, extra);
    out.writeUInt16LE(16, extra + 2);
    out.writeBigUInt64LE(BigInt(size), extra + 4);
    out.writeBigUInt64LE(BigInt(size), extra + 12);
    extra += 20;
  }
  out.write('FB', extra); // as torch calls its padding
  out.writeUInt16LE(padding, extra + 2);
  return out;
}

function centralDirectory(entries: readonly Entry[], at: number): Buffer {
  const parts = entries.map(({ name, offset, size, crc }) => {
    const text = Buffer.from(name);
    const wide = [size, size, offset].filter((v) => v > most32);
    const out = Buffer.alloc(46 + text.length + (wide.length > 0 ? 4 + 8 * wide.length : 0));
    out.writeUInt32LE(0x02014b50, 0);
    out.writeUInt16LE(45, 4);
    out.writeUInt16LE(wide.length > 0 ? 45 : 20, 6);
    out.writeUInt16LE(0x0800, 8);
    out.writeUInt16LE(0x21, 14);
    out.writeUInt32LE(crc, 16);
    out.writeUInt32LE(Math.min(size, most32), 20);
    out.writeUInt32LE(Math.min(size, most32), 24);
    out.writeUInt16LE(text.length, 28);
    out.writeUInt16LE(out.length - 46 - text.length, 30);
    out.writeUInt32LE(Math.min(offset, most32), 42);
    text.copy(out, 46);
    if (wide.length > 0) {
      out.writeUInt16LE(1, 46 + text.length);
      out.writeUInt16LE(8 * wide.length, 48 + text.length);
      for (const [i, v] of wide.entries()) out.writeBigUInt64LE(BigInt(v), 50 + text.length + 8 * i);
    }
    return out;
  });
  const size = parts.reduce((n, p) => n + p.length, 0);
  const count = entries.length;
  const isWide = at > most32 || size > most32 || count > 0xffff;
  const end64 = Buffer.alloc(isWide ? 76 : 0);
  if (isWide) {
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeUInt16LE(45, 12);
    end64.writeUInt16LE(45, 14);
    end64.writeBigUInt64LE(BigInt(count), 24);
    end64.writeBigUInt64LE(BigInt(count), 32);
    end64.writeBigUInt64LE(BigInt(size), 40);
    end64.writeBigUInt64LE(BigInt(at), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(at + size), 64);
    end64.writeUInt32LE(1, 72);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(size, most32), 12);
  end.writeUInt32LE(Math.min(at, most32), 16);
  return Buffer.concat([...parts, end64, end]);
}
