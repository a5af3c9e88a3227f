import type { FileHandle } from 'node:fs/promises';
import { CheckpointError, quote } from '../checkpointError.ts';

/** One file of an archive, where its bytes lie. */
export interface ZipEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Neither compressed nor encrypted: its bytes lie as they are from `offset` on. */
  readonly isStored: boolean;
}

const signatures = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  central: 0x02014b50,
  local: 0x04034b50,
};
const endBytes = 22;
const locatorBytes = 20;
const longestComment = 65_535;
/** Bytes of the central directory. Published checkpoints have a thousand entries, of a hundred bytes each. */
const mostListBytes = 2 ** 24;

/**
 * The entries of a zip archive (APPNOTE 6.3, with zip64) from its central directory. What the archive says is
 * checked against the file before it is believed: every entry lies inside, none reaches into another, no name
 * is there twice, and both of an entry's headers agree. Names are only compared, never used as paths. Throws
 * `CheckpointError`.
 */
export async function readZip(file: FileHandle, path: string, fileBytes: number): Promise<ZipEntry[]> {
  return new ZipReader(file, path, fileBytes).entries();
}

interface Directory {
  readonly count: number;
  readonly offset: number;
  readonly bytes: number;
}

/** What the central directory says of an entry. */
interface Listed {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly isStored: boolean;
  readonly size: number;
  readonly packed: number;
  readonly header: number;
}

class ZipReader {
  private readonly file: FileHandle;
  private readonly path: string;
  private readonly fileBytes: number;

  constructor(file: FileHandle, path: string, fileBytes: number) {
    this.file = file;
    this.path = path;
    this.fileBytes = fileBytes;
  }

  async entries(): Promise<ZipEntry[]> {
    const directory = await this.directory();
    const list = await this.read(directory.offset, directory.bytes);
    const entries: ZipEntry[] = [];
    const names = new Set<string>();
    const taken: { from: number; to: number; name: string }[] = [];
    let at = 0;
    for (let i = 0; i < directory.count; i++) {
      const { listed, next } = this.listed(list, at);
      const { name, size, packed, header, isStored } = listed;
      if (names.has(name)) this.fail(`${quote(name)} is there twice`);
      names.add(name);
      const offset = await this.dataOffset(listed);
      if (offset + packed > directory.offset) this.fail(`${quote(name)} ends behind the archive's files`);
      entries.push({ name, offset, size, isStored });
      taken.push({ from: header, to: offset + packed, name });
      at = next;
    }
    taken.sort((a, b) => a.from - b.from);
    for (const [i, { from, name }] of taken.entries()) {
      if (i > 0 && from < (taken[i - 1]?.to as number)) this.fail(`${quote(name)} lies in another file`);
    }
    return entries;
  }

  /** From the record at the archive's end, which a comment may follow. */
  private async directory(): Promise<Directory> {
    const tailBytes = Math.min(this.fileBytes, locatorBytes + endBytes + longestComment);
    const tail = await this.read(this.fileBytes - tailBytes, tailBytes);
    let end = tailBytes - endBytes;
    while (end >= 0 && tail.getUint32(end, true) !== signatures.end) end--;
    if (end < 0) this.fail('it has no end record');
    let count = tail.getUint16(end + 10, true);
    let bytes = tail.getUint32(end + 12, true);
    let offset = tail.getUint32(end + 16, true);
    const locator = end - locatorBytes;
    if (locator >= 0 && tail.getUint32(locator, true) === signatures.locator64) {
      const end64 = await this.read(wide(tail, locator + 8), 56);
      if (end64.getUint32(0, true) !== signatures.end64) this.fail('it has no zip64 end record');
      count = wide(end64, 32);
      bytes = wide(end64, 40);
      offset = wide(end64, 48);
    }
    if (bytes > mostListBytes) this.fail(`its list of files is too long: ${bytes} bytes`);
    return { count, bytes, offset };
  }

  private listed(list: DataView, at: number): { listed: Listed; next: number } {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== signatures.central) {
      this.fail('its list of files is broken');
    }
    const [flags, method] = [list.getUint16(at + 8, true), list.getUint16(at + 10, true)];
    const [nameLength, extraLength, commentLength] = [
      list.getUint16(at + 28, true),
      list.getUint16(at + 30, true),
      list.getUint16(at + 32, true),
    ];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > list.byteLength) this.fail('its list of files is broken');
    const nameBytes = new Uint8Array(list.buffer, at + 46, nameLength);
    const name = new TextDecoder().decode(nameBytes);
    // sizes that do not fit into 32 bits are in an extra field, in this order, those that are needed only
    const extra = extraField(list, at + 46 + nameLength, extraLength, 1);
    let field = 0;
    const widened = (offset: number): number => {
      const value = list.getUint32(at + offset, true);
      if (value !== 0xffff_ffff) return value;
      if (!extra || 8 * (field + 1) > extra.byteLength) this.fail(`${quote(name)} has no zip64 sizes`);
      return wide(extra, 8 * field++);
    };
    const [size, packed, header] = [widened(24), widened(20), widened(42)];
    const isStored = method === 0 && size === packed && (flags & 1) === 0;
    return { listed: { name, nameBytes, isStored, size, packed, header }, next };
  }

  /** An entry's bytes follow its own header, whose padding the central directory does not give. */
  private async dataOffset({ header, name, nameBytes }: Listed): Promise<number> {
    const local = await this.read(header, 30 + nameBytes.length);
    const own = new Uint8Array(local.buffer, 30);
    if (
      local.getUint32(0, true) !== signatures.local ||
      local.getUint16(26, true) !== nameBytes.length ||
      Buffer.compare(own, nameBytes) !== 0
    ) {
      this.fail(`${quote(name)} is not where it should be`);
    }
    return header + 30 + nameBytes.length + local.getUint16(28, true);
  }

  private async read(offset: number, length: number): Promise<DataView> {
    if (offset + length > this.fileBytes) this.fail('it points outside of the file');
    const bytes = new Uint8Array(length);
    const { bytesRead } = await this.file.read(bytes, 0, length, offset);
    if (bytesRead !== length) this.fail('it became shorter while it was read');
    return new DataView(bytes.buffer);
  }

  private fail(problem: string): never {
    const help = 'The file is damaged or was not downloaded completely: fetch it again';
    throw new CheckpointError({ file: this.path, problem: `wrong zip archive: ${problem}`, help });
  }
}

/**
 * A 64-bit length. What numbers do not hold exactly is beyond every file, and stays so when it is rounded.
 */
const wide = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

function extraField(list: DataView, offset: number, length: number, id: number): DataView | undefined {
  for (let at = offset; at + 4 <= offset + length; ) {
    const size = list.getUint16(at + 2, true);
    if (at + 4 + size > offset + length) return undefined;
    if (list.getUint16(at, true) === id) return new DataView(list.buffer, at + 4, size);
    at += 4 + size;
  }
  return undefined;
}
