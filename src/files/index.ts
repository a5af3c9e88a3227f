import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { removeLeftovers, temporaryPath } from './temporary.ts';

export { cachedJson, cachedJsonWithEvents, readCachedJson, writeCachedJson } from './cachedJson.ts';
export { type Claim, ClaimError, type ClaimOptions, claim } from './claim.ts';
export { alikePaths } from './composedName.ts';
export { freeBytes, sizeText } from './diskSpace.ts';
export { keyOf, keyOfArrays } from './keys.ts';
export { LOG_VARIABLE, logFromEnvironment } from './logFromEnvironment.ts';
export { checkOutputFile, checkOutputFolder, explainDiskError, inWords, OutputError } from './output.ts';
export { isTemporary, removeLeftovers, temporaryPath } from './temporary.ts';

/**
 * Files that are whole or not there. Everything that must survive a crash, a kill or a full disk is written through
 * `writeAtomically`.
 */

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

/** Makes the rename itself durable; some file systems cannot sync a folder, and there it is as durable as it gets. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
