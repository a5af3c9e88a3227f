import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Larger files are hashed in parts: their beginning (all headers) and pieces of the rest. */
const WHOLE = 512 * 2 ** 20;
const PIECE = 2 ** 20;
const PIECES = 128;

/**
 * SHA-256 (hex) of the files in some folders, by name and content; deeper folders, hidden files and half-written ones do
 * not count, nor do missing folders. Of a file of more than 512 MB, its size and 128 evenly spaced pieces of 1 MB count:
 * that is quick, and another training run changes every one of them.
 */
export async function fingerprintFolders(...folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const names = entries.filter((e) => !e.isDirectory() && counts(e.name)).map((e) => e.name);
    for (const name of names.sort()) {
      hash.update(`\0${name}\0`);
      await addFile(hash, join(folder, name));
    }
    hash.update('\0\0');
  }
  return hash.digest('hex');
}

// how a model is sampled is part of the keys where it matters
const counts = (name: string): boolean =>
  !name.startsWith('.') && !name.endsWith('.tmp') && name !== 'generation_config.json';

/** SHA-256 (hex) of one file; undefined where there is none. */
export async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE })) hash.update(piece as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

async function addFile(hash: Hash, path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    hash.update(`${size}\0`);
    const starts =
      size <= WHOLE
        ? Array.from({ length: Math.ceil(size / PIECE) }, (_, i) => i * PIECE)
        : Array.from({ length: PIECES }, (_, i) => Math.floor((i * (size - PIECE)) / (PIECES - 1)));
    for (const start of starts) await addPiece(hash, file, start);
  } finally {
    await file.close();
  }
}

async function addPiece(hash: Hash, file: FileHandle, start: number): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE), 0, PIECE, start);
  hash.update(buffer.subarray(0, bytesRead));
}
