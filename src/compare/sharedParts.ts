import { existsSync } from 'node:fs';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../files/index.ts';
import type { FilmChange } from './method.ts';

/**
 * Begins the folder of a method's film with what another method's film has already: the tokens, and the keyframes where the
 * method changes neither. Keys say afterwards what of it is the same, so that nothing wrong stays. A folder that was begun is
 * left as it is.
 * @param from run folder of a film of the paper's method
 */
export async function beginWith(from: string, to: string, change: FilmChange): Promise<void> {
  const { configs, weights, makers } = change;
  if (configs || weights || existsSync(join(to, 'run.json')) || !existsSync(join(from, 'run.json'))) return;
  const keyframes = makers?.keyframe ? [] : await readdir(join(from, 'keyframes')).catch(() => []);
  // run.json first: without it, the folder would be taken for somebody else's
  for (const path of [
    'run.json',
    'tokens.safetensors',
    ...keyframes.map((name) => join('keyframes', name)),
  ]) {
    if (!existsSync(join(from, path))) continue;
    await writeAtomically(join(to, path), (temporary) => copyFile(join(from, path), temporary));
  }
}
