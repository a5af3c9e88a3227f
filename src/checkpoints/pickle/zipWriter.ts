import type { FileHandle } from 'node:fs/promises';
import { crc32 } from './crc32.ts';

interface Entry {
  readonly name: string;
  readonly header: number;
  readonly size: number;
  readonly crc: number;
}

/** Files' bytes begin at multiples of this, as torch places them. */
const alignment = 64;
/** Sizes and counts from these on are written in zip64's fields, and these values stand in the old ones. */
const [most32, most16] = [0xffff_ffff, 0xffff];
/** One write takes at most this: the operating system's own limit is 2 GiB. */
const chunkBytes = 2 ** 30;

/**
 * Writes a zip archive of stored files (APPNOTE 6.3, with zip64 where one is needed), piece by piece. The
 * same files give the same bytes.
 */
export class ZipWriter {
  private readonly file: FileHandle;
  private readonly entries: Entry[] = [];
  private at = 0;

  /** @param file empty, open for writing at any position. */
  constructor(file: FileHandle) {
    this.file = file;
  }

  /**
   * Adds a file of `size` bytes. Returns how many there were: the caller decides what it means when they are
   * others.
   */
  async add(
    name: string,
    size: number,
    pieces: Iterable<ArrayBufferView> | AsyncIterable<ArrayBufferView>,
  ): Promise<number> {
    const header = this.at;
    await this.append(localHeader(name, size, 0, header));
    let crc = 0;
    let written = 0;
    for await (const piece of pieces) {
      const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
      crc = crc32(bytes, crc);
      written += bytes.length;
      await this.append(bytes);
    }
    await this.write(localHeader(name, size, crc, header), header); // again, now that the checksum is known
    this.entries.push({ name, header, size, crc });
    return written;
  }

  /** Writes the list of files, with which the archive ends. */
  async finish(): Promise<void> {
    const list = Buffer.concat(this.entries.map(centralHeader));
    await this.append(Buffer.concat([list, endRecords(this.entries.length, this.at, list.length)]));
  }

  private async append(bytes: Uint8Array): Promise<void> {
    await this.write(bytes, this.at);
    this.at += bytes.length;
  }

  private async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(chunkBytes, bytes.length - done);
      const { bytesWritten } = await this.file.write(bytes, done, length, position + done);
      done += bytesWritten;
    }
  }
}

const utf8Names = 0x0800;
/** The first day of 1980, the format's beginning. */
const noDate = 0x21;

/** A file's header, with as much padding in an extra field as brings its bytes to a multiple of 64. */
function localHeader(name: string, size: number, crc: number, at: number): Buffer {
  const text = Buffer.from(name);
  const isWide = size >= most32;
  const fixed = 30 + text.length + (isWide ? 20 : 0) + 4;
  const padding = (alignment - ((at + fixed) % alignment)) % alignment;
  const out = Buffer.alloc(fixed + padding);
  out.writeUInt32LE(0x04034b50, 0);
  out.writeUInt16LE(isWide ? 45 : 20, 4); // the version that is needed to read it
  out.writeUInt16LE(utf8Names, 6);
  out.writeUInt16LE(noDate, 12);
  out.writeUInt32LE(crc, 14);
  out.writeUInt32LE(isWide ? most32 : size, 18);
  out.writeUInt32LE(isWide ? most32 : size, 22);
  out.writeUInt16LE(text.length, 26);
  out.writeUInt16LE(out.length - 30 - text.length, 28);
  text.copy(out, 30);
  let extra = 30 + text.length;
  if (isWide) {
    writeWide(out, extra, [size, size]);
    extra += 20;
  }
  out.write('FB', extra); // torch's own name of its padding
  out.writeUInt16LE(padding, extra + 2);
  return out;
}

function centralHeader({ name, header, size, crc }: Entry): Buffer {
  const text = Buffer.from(name);
  const wide = [size, size, header].filter((v) => v >= most32);
  const out = Buffer.alloc(46 + text.length + (wide.length > 0 ? 4 + 8 * wide.length : 0));
  out.writeUInt32LE(0x02014b50, 0);
  out.writeUInt16LE(45, 4);
  out.writeUInt16LE(wide.length > 0 ? 45 : 20, 6);
  out.writeUInt16LE(utf8Names, 8);
  out.writeUInt16LE(noDate, 14);
  out.writeUInt32LE(crc, 16);
  out.writeUInt32LE(Math.min(size, most32), 20);
  out.writeUInt32LE(Math.min(size, most32), 24);
  out.writeUInt16LE(text.length, 28);
  out.writeUInt16LE(out.length - 46 - text.length, 30);
  out.writeUInt32LE(Math.min(header, most32), 42);
  text.copy(out, 46);
  if (wide.length > 0) writeWide(out, 46 + text.length, wide);
  return out;
}

/** zip64's extra field: the numbers that do not fit, in order. */
function writeWide(out: Buffer, at: number, values: readonly number[]): void {
  out.writeUInt16LE(1, at);
  out.writeUInt16LE(8 * values.length, at + 2);
  for (const [i, v] of values.entries()) out.writeBigUInt64LE(BigInt(v), at + 4 + 8 * i);
}

/** What follows the list of `count` files, `size` bytes at `at`. */
function endRecords(count: number, at: number, size: number): Buffer {
  const isWide = at >= most32 || size >= most32 || count >= most16;
  const end64 = Buffer.alloc(isWide ? 76 : 0);
  if (isWide) {
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(44n, 4); // bytes of this record that follow
    end64.writeUInt16LE(45, 12);
    end64.writeUInt16LE(45, 14);
    end64.writeBigUInt64LE(BigInt(count), 24);
    end64.writeBigUInt64LE(BigInt(count), 32);
    end64.writeBigUInt64LE(BigInt(size), 40);
    end64.writeBigUInt64LE(BigInt(at), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(at + size), 64);
    end64.writeUInt32LE(1, 72); // there is one disk
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, most16), 8);
  end.writeUInt16LE(Math.min(count, most16), 10);
  end.writeUInt32LE(Math.min(size, most32), 12);
  end.writeUInt32LE(Math.min(at, most32), 16);
  return Buffer.concat([end64, end]);
}
