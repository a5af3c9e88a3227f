import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, extname } from 'node:path';
import { openVideo, type VideoSource } from '../media/index.ts';

/** A film that was given. */
export interface GivenFilm {
  readonly path: string;
  /** Name of the file. */
  readonly name: string;
  /** Of its name and its content: two films of one name have two ids. */
  readonly id: string;
  /** Hex, of all its bytes. */
  readonly sha256: string;
  readonly bytes: number;
  readonly video: VideoSource;
}

/**
 * Opens a film and says who it is.
 * @throws {VideoError} where it is no film, or damaged.
 */
export async function openFilm(path: string, signal?: AbortSignal): Promise<GivenFilm> {
  const video = await openVideo(path); // says what is wrong with files that cannot be read at all
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk);
    bytes += chunk.length;
    signal?.throwIfAborted();
  }
  const sha256 = hash.digest('hex');
  return { path, name: basename(path), id: filmId(path, sha256), sha256, bytes, video };
}

/** Letters and digits of the name, and the beginning of the hash: fit for a folder's name. */
export function filmId(path: string, sha256: string): string {
  const name = basename(path, extname(path)).normalize('NFC').toLowerCase();
  const words = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  const short = [...words].slice(0, 40).join('').replace(/-+$/, '');
  return `${short || 'film'}-${sha256.slice(0, 8)}`;
}
