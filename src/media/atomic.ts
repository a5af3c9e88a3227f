import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A name beside `path` for a file in the making. It starts with a dot and keeps the extension, which encoders look at. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp.${basename(path)}`);
}

/**
 * Runs `write` on a temporary path beside `path`, flushes the result to the disk and renames it into place: a reader,
 * or a run that resumes after a kill, sees the old file or the whole new one. Makes missing folders. When `write`
 * throws (a full disk, say), the temporary file is removed and `path` stays as it was.
 */
export async function writeAtomically(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  try {
    await write(temporary);
    const file = await open(temporary, 'r+');
    await file.sync().finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes bytes or UTF-8 text atomically, see `writeAtomically`. */
export function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  return writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'w');
    await file.writeFile(data).finally(() => file.close());
  });
}
