import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isBystander } from '../checkpoints/index.ts';
import { shardsOf } from '../hub/index.ts';

/** Larger files are hashed in parts: their beginning (all headers) and pieces of the rest. */
const WHOLE = 512 * 2 ** 20;
const PIECE = 2 ** 20;
const PIECES = 128;

/**
 * SHA-256 (hex) of some files, and of those in some folders, by name and content; an index counts with its shards. Deeper
 * folders, hidden files and half-written ones do not count, nor does what is missing. Of a file of more than 512 MB, its
 * size and 128 evenly spaced pieces of 1 MB count: that is quick, and another training run changes every one of them.
 */
export async function fingerprintFiles(...paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const place of paths) {
    for (const path of await filesAt(place)) {
      hash.update(`\0${basename(path)}\0`);
      await addFile(hash, path);
    }
    hash.update('\0\0');
  }
  return hash.digest('hex');
}

/** A file, an index and its shards, or the files of a folder by name. */
async function filesAt(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((e) => !e.isDirectory() && counts(e.name)).map((e) => e.name);
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') {
      const shards = path.endsWith('.index.json') ? ((await shardsOf(path)) ?? []) : [];
      return [path, ...shards.map((name) => join(dirname(path), name))];
    }
    if (code === 'ENOENT') return [];
    throw error;
  }
}

// how a model is sampled is part of the keys where it matters
const counts = (name: string): boolean => !isBystander(name) && name !== 'generation_config.json';

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
