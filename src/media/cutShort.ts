import { type FileHandle, open } from 'node:fs/promises';

/**
 * How many bytes a video file lacks by the lengths that its container states: MP4 and QuickTime, Matroska and WebM, AVI. 0
 * when it is whole, of another kind, or does not state its length. FFmpeg reads what is there of such a file as if it
 * were all.
 */
export async function missingBytes(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = await bytesAt(file, 0, 64);
    const end = riffEnd(head) ?? matroskaEnd(head) ?? (await boxesEnd(file, size));
    return Math.max(0, end - size);
  } finally {
    await file.close();
  }
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const out = Buffer.alloc(length); // zeros past the end of the file
  await file.read(out, 0, length, at);
  return out;
}

/** Recorders that were stopped hard leave 0 or all ones as the length: then it is unknown. */
function riffEnd(head: Buffer): number | undefined {
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'AVI ') return undefined;
  const length = head.readUInt32LE(4);
  return length === 0xffffffff ? 0 : 8 + length;
}

/** Matroska: the EBML head, then the segment with all else (RFC 9559). Live recordings have a segment of unknown length. */
function matroskaEnd(head: Buffer): number | undefined {
  if (head.readUInt32BE(0) !== 0x1a45dfa3) return undefined;
  const ebml = vint(head, 4);
  const segment = ebml.end + ebml.value;
  if (segment + 12 > head.length || head.readUInt32BE(segment) !== 0x18538067) return 0;
  const length = vint(head, segment + 4);
  return length.unknown ? 0 : length.end + length.value;
}

/** An EBML number: as many leading zero bits as bytes follow the first one. */
function vint(bytes: Buffer, at: number): { value: number; end: number; unknown: boolean } {
  const extra = Math.clz32(bytes[at] ?? 0) - 24;
  let value = (bytes[at] ?? 0) & (0x7f >> extra);
  let ones = value === 0x7f >> extra;
  for (let i = 1; i <= extra; i++) {
    value = value * 256 + (bytes[at + i] ?? 0);
    ones &&= bytes[at + i] === 0xff;
  }
  return { value, end: at + 1 + extra, unknown: ones };
}

/** The end of the last box of an MP4 file (ISO/IEC 14496-12, 4.2); 0 for other files. */
async function boxesEnd(file: FileHandle, size: number): Promise<number> {
  let at = 0;
  while (at + 8 <= size) {
    const head = await bytesAt(file, at, 16);
    const isBox = /^[\w ]{4}$/.test(head.toString('latin1', 4, 8));
    const short = head.readUInt32BE(0);
    const length = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    if (at === 0 && !/^(ftyp|moov|mdat|wide|free|skip|pnot)$/.test(head.toString('latin1', 4, 8))) return 0;
    if (!isBox || length < 8) return at; // something behind the boxes, or one up to the end of the file
    at += length;
  }
  return at;
}
