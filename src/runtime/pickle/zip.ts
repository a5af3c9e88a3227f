import type { FileHandle } from 'node:fs/promises';
import { CheckpointError, quote } from '../checkpointError.ts';

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
const longestComment = 65_535;
/** Bytes of a list of files; published checkpoints have a thousand entries, and far below a megabyte. */
const mostListBytes = 2 ** 26;

/**
 * The entries of a zip archive (APPNOTE 6.3, with zip64); torch.save stores them all without compression. Everything that the archive says is checked against the file before it is believed. Throws
 * `CheckpointError`.
 */
export async function readZip(file: FileHandle, path: string, fileBytes: number): Promise<ZipEntry[]> {
  const fail = (problem: string, got?: string): never => {
    const help = 'The file is damaged or was not downloaded completely: fetch it again';
    throw new CheckpointError({ file: path, problem: `wrong zip archive: ${problem}`, got, help });
  };
  const read = async (offset: number, length: number): Promise<DataView> => {
    if (!(offset >= 0 && length >= 0 && offset + length <= fileBytes)) fail('it points outside of the file');
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead !== length) fail('it became shorter while it was read');
    return new DataView(bytes.buffer);
  };

  const tailBytes = Math.min(fileBytes, endBytes + longestComment);
  const tail = await read(fileBytes - tailBytes, tailBytes);
  let end = tailBytes - endBytes;
  while (end >= 0 && tail.getUint32(end, true) !== signatures.end) end--;
  if (end < 0) fail('no end record');
  let count = tail.getUint16(end + 10, true);
  let listBytes = tail.getUint32(end + 12, true);
  let listOffset = tail.getUint32(end + 16, true);
  const locator = end - 20;
  if (locator >= 0 && tail.getUint32(locator, true) === signatures.locator64) {
    const end64 = await read(safe(tail.getBigUint64(locator + 8, true)), 56);
    if (end64.getUint32(0, true) !== signatures.end64) fail('no zip64 end record');
    count = safe(end64.getBigUint64(32, true));
    listBytes = safe(end64.getBigUint64(40, true));
    listOffset = safe(end64.getBigUint64(48, true));
  }
  if (listBytes > mostListBytes) fail('its list of files is too long', `${listBytes} bytes`);
  const list = await read(listOffset, listBytes);

  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > listBytes || list.getUint32(at, true) !== signatures.central)
      fail('its list of files is broken');
    const [flags, method] = [list.getUint16(at + 8, true), list.getUint16(at + 10, true)];
    let packed = list.getUint32(at + 20, true);
    let size = list.getUint32(at + 24, true);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((o) => list.getUint16(at + o, true)) as [
      number,
      number,
      number,
    ];
    let header = list.getUint32(at + 42, true);
    const next = at + 46 + nameBytes + extraBytes + commentBytes;
    if (next > listBytes) fail('its list of files is broken');
    const name = new TextDecoder().decode(new Uint8Array(list.buffer, at + 46, nameBytes));
    // sizes that do not fit into 32 bits are in an extra field, in this order, those that are needed only
    const wide = extraField(list, at + 46 + nameBytes, extraBytes, 1);
    let field = 0;
    const widened = (value: number): number => {
      if (value !== 0xffff_ffff) return value;
      if (!wide || (field + 1) * 8 > wide.byteLength) return fail(`no zip64 sizes of ${quote(name)}`);
      return safe(wide.getBigUint64(8 * field++, true));
    };
    size = widened(size);
    packed = widened(packed);
    header = widened(header);
    const isStored = method === 0 && size === packed && (flags & 1) === 0;
    const local = await read(header, 30);
    if (local.getUint32(0, true) !== signatures.local) fail(`no header of ${quote(name)}`);
    const offset = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (offset + packed > fileBytes) fail(`${quote(name)} ends behind the file`);
    entries.push({ name, offset, size, isStored });
    at = next;
  }
  return entries;
}

/** Lengths beyond what numbers hold exactly are beyond every file, too. */
const safe = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_VALUE : Number(value);

function extraField(list: DataView, offset: number, length: number, id: number): DataView | undefined {
  for (let at = offset; at + 4 <= offset + length; ) {
    const size = list.getUint16(at + 2, true);
    if (at + 4 + size > offset + length) return undefined;
    if (list.getUint16(at, true) === id) return new DataView(list.buffer, at + 4, size);
    at += 4 + size;
  }
  return undefined;
}
