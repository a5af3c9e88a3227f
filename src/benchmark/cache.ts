import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../files/index.ts';

/** A short SHA-256 (16 hex digits) of plain data. */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Plain data from a JSON file, made and written atomically where there is none or a damaged one. */
export async function cachedJson<T>(path: string, make: () => Promise<T>): Promise<T> {
  const known = await readJson<T>(path);
  if (known !== undefined) return known;
  const made = await make();
  await writeFileAtomically(path, `${JSON.stringify(made)}\n`);
  return made;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Float32 numbers as text, to the bit. */
export function toText(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function fromText(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
