import { mkdir } from 'node:fs/promises';
import { checkOutputFolder, explainDiskError } from '../files/index.ts';

/**
 * Makes a folder before hours of work would fail for want of it. `who` names the command and its option.
 * @throws OutputError
 */
export async function makeFolder(who: string, path: string): Promise<void> {
  await checkOutputFolder(path, who);
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw await explainDiskError(error, path);
  }
}
