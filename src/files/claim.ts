import { readFile, rm, writeFile } from 'node:fs/promises';
import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import { isRunning } from './isRunning.ts';

/** A file or folder that another process is at work on. */
export class ClaimError extends MovieDreamerError {
  static override readonly kind: string = 'ClaimError';
  static override readonly code: ErrorCode = 'CLAIM_HELD';
}

/**
 * Claims a file for this process with a note beside it (`<path>.pid`), so that two processes do not make it at once.
 * Returns the release. A claim of a process that was killed does not count. Throws ClaimError.
 */
export async function claim(path: string): Promise<() => Promise<void>> {
  const note = `${path}.pid`;
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(note, String(process.pid), { flag: 'wx' });
      return () => rm(note, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
    }
    const owner = Number(await readFile(note, 'utf8').catch(() => ''));
    if (owner === process.pid) throw new ClaimError(`${path} is being made by this process already`);
    if (owner > 0 && isRunning(owner)) {
      throw new ClaimError(
        `${path} is being made by another process (${owner}): begin again when it is done. If that process is something ` +
          `else, remove ${note}`,
      );
    }
    await rm(note, { force: true });
  }
}
