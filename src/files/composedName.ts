import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * The files below whose names look like `path` and are composed differently in Unicode: é as one character (NFC, as most
 * keyboards type it) or as e and an accent (NFD, as macOS names files). Folders on the way may differ as well. Empty when
 * there is none; `path` itself when it exists.
 */
export async function alikePaths(path: string): Promise<readonly string[]> {
  return alike(resolve(path));
}

async function alike(path: string): Promise<string[]> {
  const parent = dirname(path);
  if (parent === path || (await exists(path))) return [path];
  const name = basename(path).normalize('NFC');
  const found: string[] = [];
  for (const folder of await alike(parent)) {
    const names = await readdir(folder).catch(() => []);
    for (const other of names) if (other.normalize('NFC') === name) found.push(join(folder, other));
  }
  return found;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
