import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { packageRoot } from './preset.ts';

/** The package's own folder of weights, `weights/` beside `presets/`. */
export const shippedWeights: string = join(packageRoot, 'weights');

/** Whether a path lies in the package's own folder of weights, or is it; links are followed, and it need not be there. */
export async function isShipped(path: string): Promise<boolean> {
  const way = relative(await realPlace(shippedWeights), await realPlace(resolve(path)));
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way);
}

/** The real path of the part that is there, with the rest of the names behind it. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) return path;
    return join(await realPlace(dirname(path)), basename(path));
  }
}
