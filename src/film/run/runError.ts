import { statfs } from 'node:fs/promises';

/** A film that cannot be made as asked. The message says what to do. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** Below this many free bytes a failed write means that the disk is full. */
const FULL = 2 ** 20;

/**
 * A clear error where a write failed because the disk is full, else the error itself. Encoders and picture writers
 * report a full disk each in its own words, so the disk is asked as well.
 */
export async function explainDiskError(error: unknown, folder: string): Promise<unknown> {
  if (error instanceof RunError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const says =
    code === 'ENOSPC' || code === 'EDQUOT' || /no space left|ENOSPC|disk full/i.test(message ?? '');
  if (!says && !(await isFull(folder))) return error;
  return new RunError(
    `the disk of ${folder} is full; everything that was finished is kept: free some space and give the same command again`,
    { cause: error },
  );
}

async function isFull(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize < FULL;
  } catch {
    return false;
  }
}
