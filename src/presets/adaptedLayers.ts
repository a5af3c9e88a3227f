import { access } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import {
  type Adapter,
  additionsFile,
  CheckpointError,
  checkpointIn,
  findAdapter,
  readAdapter,
} from '../checkpoints/index.ts';

/** A model's checkpoints, and the adapter that is computed beside them. */
export interface AdaptedLayers {
  /** See `Checkpoint.open`. */
  readonly layers: readonly string[];
  readonly adapter?: Adapter;
}

/**
 * Looks for an adapter in the folder of the weights that were trained here. Where nothing but the adapter (and additions)
 * lies there, the model that it names as its base comes below. Throws `CheckpointError` where that is not to be found.
 * @param beside other folders in which an adapter may lie: those of the published model
 */
export async function adaptedLayers(
  layers: readonly string[],
  folder: string,
  beside: readonly string[] = [],
): Promise<AdaptedLayers> {
  const [file, second] = await adaptersIn([folder, ...beside]);
  if (file === undefined) return { layers };
  if (second !== undefined) {
    throw new CheckpointError({
      file,
      problem: `and ${second} are two adapters of one model`,
      help: 'Keep one of them, and merge the other first (npx moviedreamer models merge)',
    });
  }
  const adapter = await readAdapter(file);
  if (layers.some((layer) => layer !== folder) || (await checkpointIn(folder))) return { layers, adapter };
  const base = adapter.base === undefined ? undefined : await basePath(adapter.base, folder);
  if (base === undefined) {
    throw new CheckpointError({
      file,
      problem: 'the model that it adapts is not there',
      expected: `a checkpoint in ${folder}, or at its base_model_name_or_path`,
      got: adapter.base ?? 'nothing',
      help: 'Put it there, or merge the adapter into it (npx moviedreamer models merge)',
    });
  }
  const additions = join(folder, additionsFile);
  return { layers: (await exists(additions)) ? [base, additions] : [base], adapter };
}

async function adaptersIn(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const file = await findAdapter(folder);
    if (file !== undefined) found.push(file);
  }
  return found;
}

/** Paths may be relative to the adapter's folder. */
async function basePath(base: string, folder: string): Promise<string | undefined> {
  const path = isAbsolute(base) ? base : resolve(folder, base);
  return (await exists(path)) ? path : undefined;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
