import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file's content must hash to: the hub names large files by SHA-256, small ones as git names its blobs. */
export interface Digest {
  readonly kind: 'sha256' | 'git-blob';
  readonly hex: string;
}

/** The digest of that kind of a file. */
export async function digestOf(path: string, kind: Digest['kind'], signal?: AbortSignal): Promise<string> {
  const hash = createHash(kind === 'sha256' ? 'sha256' : 'sha1');
  if (kind === 'git-blob') hash.update(`blob ${(await stat(path)).size}\0`);
  const options = { highWaterMark: 2 ** 20, ...(signal ? { signal } : {}) };
  for await (const piece of createReadStream(path, options)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
