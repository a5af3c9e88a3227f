import { type FileHandle, open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { InterchangeError } from './interchangeError.ts';

/** The most bytes of the one file that is read, and of the directory: a timeline, not a film. */
const MOST = 256 * 2 ** 20;

/**
 * One file of a ZIP archive (PKWARE APPNOTE), stored or deflated; the rest is not read.
 * @throws InterchangeError where there is no such file, or the archive is damaged
 */
export async function unzipFile(path: string, name: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { offset, size, packed, method } = await entryOf(file, path, name);
    const head = await bytesAt(file, offset, 30, path);
    if (head.readUInt32LE(0) !== 0x04034b50) throw damaged(path);
    const data = await bytesAt(
      file,
      offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28),
      packed,
      path,
    );
    if (method === 0) return data;
    if (method !== 8)
      throw new InterchangeError(`${path}: ${name} is compressed by method ${method}; store or deflate it`);
    return inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    if (error instanceof InterchangeError || (error as NodeJS.ErrnoException).syscall) throw error;
    throw damaged(path, error);
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly offset: number;
  readonly size: number;
  readonly packed: number;
  readonly method: number;
}

async function entryOf(file: FileHandle, path: string, name: string): Promise<Entry> {
  const { size: length } = await file.stat();
  const tail = await bytesAt(file, Math.max(0, length - 65_557), Math.min(length, 65_557), path);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw damaged(path);
  const directory = await bytesAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12), path);
  for (let at = 0; at + 46 <= directory.length; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const [packed, size] = [directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 24)];
      if (size > MOST) throw damaged(path);
      return {
        packed,
        size,
        method: directory.readUInt16LE(at + 10),
        offset: directory.readUInt32LE(at + 42),
      };
    }
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new InterchangeError(
    `${path} has no ${name}, so it is no bundle of OpenTimelineIO; export the cut again`,
  );
}

async function bytesAt(file: FileHandle, at: number, length: number, path: string): Promise<Buffer> {
  if (length > MOST) throw damaged(path);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  if (bytesRead !== length) throw damaged(path);
  return buffer;
}

const damaged = (path: string, cause?: unknown): InterchangeError =>
  new InterchangeError(`${path} is no whole ZIP archive; export the cut again`, { cause });
