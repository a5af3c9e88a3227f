import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { InterchangeError } from './interchangeError.ts';

/** A file of an archive: its name in it, and its bytes or the path of a file that has them. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array | { readonly file: string };
}

/** What sizes and offsets of 32 bits can say. */
const MOST = 0xffff_ffff;

/** Bytes that are read at once: films need not fit into memory. */
const PIECE = 2 ** 20;

/**
 * Writes a ZIP archive (PKWARE APPNOTE 6.3, stored, names in UTF-8). All files are dated 1980-01-01: the same files give the same bytes.
 * @throws InterchangeError beyond 4 GB or 65,535 files
 */
export async function writeZip(path: string, entries: readonly ZipEntry[]): Promise<void> {
  if (entries.length > 0xffff) throw tooLarge(path);
  const out = await open(path, 'w');
  try {
    const index: Buffer[] = [];
    let at = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      await out.writeFile(bytes);
      at += bytes.length;
    };
    for (const { name, data } of entries) {
      const size = data instanceof Uint8Array ? data.length : (await stat(data.file)).size;
      if (at + size > MOST - 2 ** 20) throw tooLarge(path);
      let crc = 0;
      for await (const piece of piecesOf(data)) crc = crc32(piece, crc);
      const bytes = Buffer.from(name);
      const start = at;
      const common = header(crc, size, bytes.length);
      await write(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.alloc(2), bytes]));
      for await (const piece of piecesOf(data)) await write(piece);
      const tail = Buffer.alloc(16); // extra, comment, disk, attributes, and the offset
      tail.writeUInt32LE(start, 12);
      index.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, bytes]));
    }
    const directory = Buffer.concat(index);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(entries.length, 8);
    end.writeUInt16LE(entries.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(at, 16);
    await write(directory);
    await write(end);
  } finally {
    await out.close();
  }
}

/** What the local header and the directory have in common: version, flags, method, time, date, CRC, sizes, length of the name. */
function header(crc: number, size: number, nameLength: number): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x0800, 2); // names are UTF-8
  fields.writeUInt16LE(0x0021, 8); // 1980-01-01
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}

async function* piecesOf(data: ZipEntry['data']): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) yield data;
  else yield* createReadStream(data.file, { highWaterMark: PIECE }) as AsyncIterable<Uint8Array>;
}

const tooLarge = (path: string): InterchangeError =>
  new InterchangeError(
    `${path}: an archive holds at most 4 GB and 65,535 files; export the cut as otio, beside its clips`,
  );

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb8_8320 : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (ISO 3309) of bytes that follow others. `zlib.crc32` came with Node 20.15. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (const byte of bytes) c = (table[(c ^ byte) & 255] as number) ^ (c >>> 8);
  return ~c >>> 0;
}
