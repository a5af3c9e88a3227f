import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './isRunning.ts';

export { ClaimError, claim } from './claim.ts';
export { freeBytes, sizeText } from './diskSpace.ts';

/**
 * Files that are whole or not there. Everything that must survive a crash, a kill or a full disk is written through
 * `writeAtomically`.
 */

let counter = 0;
const pattern = /^\.(\d+)-\d+\.tmp\./;

/** A name beside `path` for a file in the making. It keeps the extension, which encoders look at. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${process.pid}-${counter++}.tmp.${basename(path)}`);
}

/** Whether a file name is one of `temporaryPath`'s. */
export const isTemporary = (name: string): boolean => pattern.test(name);

/**
 * Runs `write` on a temporary path beside `path`, flushes the result to the disk and renames it into place: whoever
 * looks at `path`, at any moment and after any crash, finds the old file or the whole new one. Makes missing folders.
 * When `write` throws (a full disk, say), the temporary file is removed and `path` stays as it was. What a killed
 * process left behind for the same path is cleared away.
 */
export async function writeAtomically(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await removeLeftovers(folder, basename(path));
  const temporary = temporaryPath(path);
  try {
    await write(temporary);
    const file = await open(temporary, 'r+');
    await file.sync().finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Writes bytes or UTF-8 text atomically, see `writeAtomically`. */
export function writeFileAtomically(path: string, data: Uint8Array | string): Promise<void> {
  return writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    await file.writeFile(data).finally(() => file.close());
  });
}

async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const other of await readdir(folder)) {
    const [prefix, pid] = pattern.exec(other) ?? [];
    if (!prefix || other.slice(prefix.length) !== name || isRunning(Number(pid))) continue;
    await rm(join(folder, other), { force: true });
  }
}

/** Makes the rename itself durable; some file systems cannot sync a folder, and there it is as durable as it gets. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
