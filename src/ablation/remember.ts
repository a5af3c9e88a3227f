import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../files/index.ts';
import type { ExperimentEvent } from './experiment.ts';

/** Plain data from a JSON file; made, with its progress, and written where there is none or a damaged one. */
export async function* remembered<T>(
  path: string,
  make: () => AsyncGenerator<ExperimentEvent, T, void>,
): AsyncGenerator<ExperimentEvent, T, void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  try {
    return JSON.parse(text) as T;
  } catch {
    const made = yield* make();
    await writeFileAtomically(path, `${JSON.stringify(made)}\n`);
    return made;
  }
}
