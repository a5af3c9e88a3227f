import { readFile, stat } from 'node:fs/promises';
import sharp, { type ResizeOptions, type Sharp } from 'sharp';
import { type ErrorCode, type ErrorDetails, MovieDreamerError } from '../base/index.ts';
import { alikePaths, writeFileAtomically } from '../files/index.ts';
import { checkImage, type Image } from './image.ts';
import { exifOrientation, orientImage } from './orientation.ts';
import { fileKind, type PictureKind, pictureKinds } from './pictureKind.ts';

/** A picture that cannot be read. `reason` says why without the path; `fix` says how to mend it. */
export class PictureError extends MovieDreamerError {
  static override readonly kind: string = 'PictureError';
  static override readonly code: ErrorCode = 'PICTURE_UNREADABLE';

  /** The file, as it was named. */
  readonly path: string;
  /** What is wrong, without the path, in one clause. */
  readonly reason: string;
  /** How to mend it, in one clause. */
  readonly fix: string;

  /** The message is `path: reason; fix`. */
  constructor(path: string, reason: string, fix: string, options?: ErrorDetails) {
    super(`${path}: ${reason}; ${fix}`, options);
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}

const MAX_BYTES = 256 * 2 ** 20;
/** Of the file. Phones take up to 200 megapixels. */
const MAX_PIXELS = 300_000_000;
/** Of the decoded image: 75 MB. */
const MAX_DECODED_PIXELS = 25_000_000;

/**
 * Reads a PNG, JPEG, WebP, AVIF or GIF file completely, turns it upright (EXIF), converts it to sRGB, 8 bits a channel,
 * and lays transparent parts on white. Pictures of more than 25 megapixels are halved in width and height while they are
 * decoded, until they have no more. A name that is composed differently in Unicode (NFC, NFD) is found where exactly one
 * such file exists.
 *
 * @throws {PictureError} when the file is missing, is an animation or no picture of these kinds, or is damaged or cut short.
 */
export async function readImage(path: string): Promise<Image> {
  return decodeImage(await readPicture(path), path);
}

/** As `readImage`, of a picture whose bytes may lie in memory under its path. */
export async function imageAt(
  path: string,
  inMemory: ReadonlyMap<string, Uint8Array> | undefined,
): Promise<Image> {
  const bytes = inMemory?.get(path);
  return bytes ? decodeImage(bytes, path) : readImage(path);
}

/** The bytes of a picture file, not yet decoded. Throws a `PictureError` when it is missing, no file, or absurdly large. */
export async function readPicture(path: string): Promise<Uint8Array> {
  try {
    const found = await findPicture(path);
    const info = await stat(found);
    if (!info.isFile()) throw new PictureError(path, 'is not a file', 'give the path of a picture file');
    if (info.size > MAX_BYTES) {
      throw new PictureError(
        path,
        `has ${info.size} bytes, more than ${MAX_BYTES}`,
        'save a smaller picture',
      );
    }
    return await readFile(found);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    throw new PictureError(path, 'cannot be opened', whyNot(error), { cause: error });
  }
}

/** The path itself, or of the one file whose name looks the same. */
async function findPicture(path: string): Promise<string> {
  const found = await alikePaths(path);
  if (found.length < 2) return found[0] ?? path;
  const reason = `is the name of ${found.length} files that look alike and are composed differently in Unicode`;
  throw new PictureError(path, reason, 'rename all but one of them');
}

/** Decodes the bytes of a picture file as `readImage` does; `name` stands in errors. */
export async function decodeImage(bytes: Uint8Array, name = 'image'): Promise<Image> {
  const kind = kindOf(bytes, name);
  try {
    // libpng is content without the closing chunk, so that a file cut off there would pass
    if (kind === 'PNG' && !hasPngEnd(bytes)) throw new Error('no end chunk');
    const stored = await describe(bytes, name, kind);
    const pipeline = open(bytes);
    // sharp turns 16 bits with a colour profile into Display P3 unless it is told to work in sRGB
    if (stored.deepWithProfile) pipeline.pipelineColourspace('srgb');
    const { data, info } = await pipeline
      .resize(reduced(stored))
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const image = { width: info.width, height: info.height, data: rgb(data, info.channels) };
    return orientImage(image, exifOrientation(stored.orientation)); // sharp's own needs the whole picture in memory
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const reason = `is a damaged or cut short ${kind} picture (${firstLine(error)})`;
    throw new PictureError(name, reason, 'copy or save it again', { cause: error });
  }
}

const open = (bytes: Uint8Array): Sharp => sharp(bytes, { failOn: 'error', limitInputPixels: false });

/** The kind of the picture. Throws for all that is not read. */
function kindOf(bytes: Uint8Array, name: string): PictureKind {
  const found = fileKind(bytes);
  if (found && 'kind' in found) return found.kind;
  const { other, fix } = found ?? {
    other: `not a ${pictureKinds} picture`,
    fix: `save it again as ${pictureKinds}`,
  };
  const reason =
    bytes.length === 0 ? 'is empty' : found ? `is ${other}, expected ${pictureKinds}` : `is ${other}`;
  throw new PictureError(name, reason, fix);
}

/** What a file's head states. */
interface Stored {
  readonly width: number;
  readonly height: number;
  /** EXIF's number. */
  readonly orientation: number | undefined;
  /** 16 bits a channel and an embedded colour profile. */
  readonly deepWithProfile: boolean;
}

/** Throws for animations and absurdly large pictures. */
async function describe(bytes: Uint8Array, name: string, kind: PictureKind): Promise<Stored> {
  const head = await open(bytes).metadata();
  const { width, height, orientation, pages = 1 } = head;
  const frames = kind === 'PNG' ? pngFrames(bytes) : pages;
  if (frames > 1) {
    const reason = `is an animation of ${frames} frames, expected a still picture`;
    throw new PictureError(name, reason, 'save one of its frames');
  }
  if (width * height > MAX_PIXELS) {
    const reason = `has ${width} x ${height} pixels, more than ${MAX_PIXELS / 1e6} million`;
    throw new PictureError(name, reason, 'save a smaller picture');
  }
  return { width, height, orientation, deepWithProfile: head.hasProfile && head.depth === 'ushort' };
}

/** Halves, which JPEG's transform gives without decoding the rest. Undefined for pictures that stay as they are. */
function reduced({ width, height }: Stored): ResizeOptions | undefined {
  let factor = 1;
  while (Math.ceil(width / factor) * Math.ceil(height / factor) > MAX_DECODED_PIXELS) factor *= 2;
  if (factor === 1) return undefined;
  return { width: Math.ceil(width / factor), height: Math.ceil(height / factor), fit: 'fill' };
}

/** The chunks of a PNG file that are whole, by type and place. */
function* pngChunks(bytes: Uint8Array): Generator<{ type: string; data: number }> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= view.length; at += 12 + view.readUInt32BE(at)) {
    yield { type: view.toString('latin1', at + 4, at + 8), data: at + 8 };
  }
}

/** Whether the chunks of a PNG file lead, each whole, to its end chunk. */
function hasPngEnd(bytes: Uint8Array): boolean {
  for (const { type } of pngChunks(bytes)) if (type === 'IEND') return true;
  return false;
}

/** The number of frames that an animated PNG states in its chunk acTL; 1 for others. */
function pngFrames(bytes: Uint8Array): number {
  for (const { type, data } of pngChunks(bytes)) {
    if (type === 'acTL') return Buffer.from(bytes.buffer, bytes.byteOffset + data, 4).readUInt32BE(0);
  }
  return 1;
}

function rgb(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (channels !== 1) throw new Error(`${channels} channels after conversion to sRGB`);
  const out = new Uint8Array(data.length * 3);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / 3)]!;
  return out;
}

function whyNot(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file, check the path';
  if (code === 'EACCES' || code === 'EPERM') return 'reading it is not permitted, change its permissions';
  return firstLine(error);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
}

/** The image as PNG bytes: the same pixels give the same bytes. */
export function encodePng(image: Image): Promise<Uint8Array> {
  return png(image).toBuffer();
}

/** Writes a PNG atomically, folders included: the same pixels give the same bytes. */
export async function writePng(path: string, image: Image): Promise<void> {
  await writeFileAtomically(path, await encodePng(image));
}

function png(image: Image): Sharp {
  checkImage(image, 'writePng');
  const { data, width, height } = image;
  const raw = { width, height, channels: 3 } as const;
  return sharp(data, { raw, limitInputPixels: false }).png({ compressionLevel: 6, adaptiveFiltering: false });
}
