import { readFile, stat } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { writeFileAtomically } from '../files/index.ts';
import { checkImage, type Image } from './image.ts';

/** A picture that cannot be read. `reason` says why without the path; `fix` says how to mend it. */
export class PictureError extends Error {
  readonly path: string;
  readonly reason: string;
  readonly fix: string;

  constructor(path: string, reason: string, fix: string, options?: ErrorOptions) {
    super(`${path}: ${reason}; ${fix}`, options);
    this.name = 'PictureError';
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}

const MAX_BYTES = 256 * 2 ** 20;
const MAX_PIXELS = 100_000_000;

/**
 * Reads a PNG, JPEG or WebP file completely, turns it upright (EXIF), converts it to sRGB and lays transparent parts on
 * white. Throws a `PictureError` when the file is missing, is not a picture of these kinds, or is damaged or cut short.
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
    const info = await stat(path);
    if (!info.isFile()) throw new PictureError(path, 'is not a file', 'give the path of a picture file');
    if (info.size > MAX_BYTES) {
      throw new PictureError(
        path,
        `has ${info.size} bytes, more than ${MAX_BYTES}`,
        'save a smaller picture',
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    throw new PictureError(path, 'cannot be opened', whyNot(error), { cause: error });
  }
}

/** Decodes the bytes of a PNG, JPEG or WebP file as `readImage` does; `name` stands in errors. */
export async function decodeImage(bytes: Uint8Array, name = 'image'): Promise<Image> {
  const kind = kindOf(bytes);
  if (!kind) {
    const reason = bytes.length === 0 ? 'is empty' : 'is not a PNG, JPEG or WebP picture';
    throw new PictureError(name, reason, 'save it again as PNG, JPEG or WebP');
  }
  try {
    // libpng is content without the closing chunk, so that a file cut off there would pass
    if (kind === 'PNG' && !hasPngEnd(bytes)) throw new Error('no end chunk');
    const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS })
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: '#ffffff' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: rgb(data, info.channels) };
  } catch (error) {
    const reason = `is a damaged or cut short ${kind} picture (${firstLine(error)})`;
    throw new PictureError(name, reason, 'copy or save it again', { cause: error });
  }
}

/** The kind of picture by its first bytes. */
function kindOf(bytes: Uint8Array): 'PNG' | 'JPEG' | 'WebP' | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'WebP';
  return undefined;
}

/** Whether the chunks of a PNG file lead, each whole, to its end chunk. */
function hasPngEnd(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const IEND = 0x49454e44;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === IEND) return true;
  }
  return false;
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
