import { type FileHandle, open } from 'node:fs/promises';
import { missingBytes } from './cutShort.ts';
import { VideoError } from './videoError.ts';

/** What joining without encoding reads of a clip. */
export interface Mp4Track {
  /** Number of frames. */
  readonly frames: number;
  /** Ticks a second. */
  readonly timescale: number;
  /** How many ticks each frame is shown. */
  readonly frameTicks: number;
  readonly width: number;
  readonly height: number;
  readonly codec: string;
  /** The decoder's parameters and the colours: frames of clips with equal ones can follow each other. */
  readonly settings: string;
}

const MAX_INDEX_BYTES = 64 * 2 ** 20;
const mend = 'make the clip again with VideoWriter';

/**
 * Reads the index of an MP4 file that `VideoWriter` made: one video track of constant rate, without reordered frames
 * (ISO/IEC 14496-12).
 *
 * @throws {VideoError} for all other files, and for files that are missing or cut short.
 */
export async function readMp4Track(path: string): Promise<Mp4Track> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const fix = missing ? 'there is no such clip, make it first' : (error as Error).message;
    throw new VideoError(path, 'cannot be opened', fix, { cause: error });
  }
  try {
    const missing = await missingBytes(path);
    if (missing > 0) throw new VideoError(path, `is cut short by ${missing} bytes`, mend);
    return describe(path, await readIndex(path, file));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a box ends before its fields do
    throw new VideoError(path, 'has a damaged index', mend, { cause: error });
  } finally {
    await file.close();
  }
}

/** The payload of the box `moov`. */
async function readIndex(path: string, file: FileHandle): Promise<Buffer> {
  const { size: length } = await file.stat();
  let index: Buffer | undefined;
  for (let at = 0; at < length; ) {
    const head = Buffer.alloc(16);
    await file.read(head, 0, 16, at);
    const short = head.readUInt32BE(0);
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    const type = head.toString('latin1', 4, 8);
    if (size < 8 || !/^[\w ]{4}$/.test(type)) throw new VideoError(path, 'is no MP4 file', mend);
    if (type === 'moov') {
      if (size > MAX_INDEX_BYTES) throw new VideoError(path, `has an index of ${size} bytes`, mend);
      index = Buffer.alloc(size - 8);
      await file.read(index, 0, index.length, at + 8);
    }
    at += size;
  }
  if (!index) throw new VideoError(path, 'is no MP4 file', mend);
  return index;
}

function describe(path: string, moov: Buffer): Mp4Track {
  const fail = (reason: string): never => {
    throw new VideoError(path, reason, mend);
  };
  const need = (parent: Buffer, ...names: string[]): Buffer => {
    let box = parent;
    for (const name of names)
      box = children(box).find(({ type }) => type === name)?.data ?? fail(`has no ${name} box`);
    return box;
  };
  const tracks = children(moov).filter(({ type }) => type === 'trak');
  if (tracks.length !== 1) fail(`has ${tracks.length} tracks instead of one`);
  const media = need(tracks[0]!.data, 'mdia');
  if (need(media, 'hdlr').toString('latin1', 8, 12) !== 'vide') fail('has no video track');
  const header = need(media, 'mdhd');
  const table = need(media, 'minf', 'stbl');
  if (children(table).some(({ type }) => type === 'ctts')) fail('has reordered frames (B-frames)');
  const times = need(table, 'stts');
  const runs = Array.from({ length: times.readUInt32BE(4) }, (_, i) => ({
    count: times.readUInt32BE(8 + 8 * i),
    ticks: times.readUInt32BE(12 + 8 * i),
  }));
  const frameTicks = runs[0]?.ticks ?? fail('has no frames');
  if (runs.some(({ ticks }) => ticks !== frameTicks)) fail('has frames of different lengths');
  return {
    frames: runs.reduce((sum, { count }) => sum + count, 0),
    timescale: header.readUInt32BE(header[0] === 1 ? 20 : 12),
    frameTicks,
    ...encodingOf(children(need(table, 'stsd').subarray(8))[0] ?? fail('has no sample description')),
  };
}

type Encoding = Pick<Mp4Track, 'width' | 'height' | 'codec' | 'settings'>;

/** A sample description without `btrt`, the bit rate, which differs from clip to clip. */
function encodingOf({ type, data }: Box): Encoding {
  const details = children(data.subarray(78)).filter((box) => box.type !== 'btrt');
  return {
    width: data.readUInt16BE(24),
    height: data.readUInt16BE(26),
    codec: type,
    settings: details.map((box) => `${box.type} ${box.data.toString('hex')}`).join(', '),
  };
}

interface Box {
  readonly type: string;
  readonly data: Buffer;
}

function children(box: Buffer): Box[] {
  const list: Box[] = [];
  for (let at = 0; at + 8 <= box.length; ) {
    const size = box.readUInt32BE(at);
    if (size < 8) break;
    list.push({ type: box.toString('latin1', at + 4, at + 8), data: box.subarray(at + 8, at + size) });
    at += size;
  }
  return list;
}
