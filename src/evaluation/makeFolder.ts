import { mkdir } from 'node:fs/promises';
import { EvaluationError } from './evaluationError.ts';

/** Makes a folder before hours of work would fail for want of it. `who` names the command and its option. */
export async function makeFolder(who: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new EvaluationError(`${who} ${path} cannot be made a folder (${code}); give another one`, {
      cause: error,
    });
  }
}
