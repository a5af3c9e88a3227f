import { readdir } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { adapterFilesIn, folderWeights, isBystander, isWeightsFile } from '../checkpoints/index.ts';
import { isRepo, type Manifest } from '../hub/index.ts';

/** Weights that a person may believe to be in use, and that are not: where they lie, and what to do. */

/** Of folders of models: one line for each file that is not read, without a full stop. */
export async function unusedWeights(folders: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const folder of new Set(folders)) {
    const { files, folders: inner } = await entriesOf(folder);
    lines.push(...folderWeights(files).unused.map((line) => join(folder, line)));
    const [taken, ...others] = adapterFilesIn(files);
    for (const other of others) lines.push(`${join(folder, other)} is not read: ${taken} comes first`);
    for (const name of inner) {
      const { files: within } = await entriesOf(join(folder, name));
      const file = folderWeights(within).candidates[0]?.file ?? adapterFilesIn(within)[0];
      if (file) lines.push(`${join(folder, name, file)} is not read: only files in ${folder} itself are`);
    }
  }
  return lines;
}

/** Adapters that lie beside folders of models instead of in one of them: which model is meant cannot be told. */
export async function misplacedAdapters(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const parent of new Set(folders.map((folder) => dirname(folder)))) {
    const { files } = await entriesOf(parent);
    found.push(...adapterFilesIn(files).map((name) => join(parent, name)));
  }
  return found;
}

/** Files of weights that lie loose in the folder of weights, and none of which the preset says where they lie. */
export async function looseWeights(folder: string, manifest: Manifest | undefined): Promise<string[]> {
  const sources = Object.values(manifest?.parts ?? {}).flatMap((p) =>
    p.kind === 'trained' ? [] : [p.source],
  );
  const known = new Set(
    sources.flatMap((s) => (isRepo(s) ? s.weights.full : [s.file])).map((file) => parse(file).name),
  );
  const { files } = await entriesOf(folder);
  return files
    .filter(
      (name) => isWeightsFile(name) && adapterFilesIn([name]).length === 0 && !known.has(parse(name).name),
    )
    .map((name) => join(folder, name));
}

async function entriesOf(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = (isFolder: boolean): string[] =>
    entries.filter((e) => e.isDirectory() === isFolder && !isBystander(e.name)).map(({ name }) => name);
  return { files: names(false), folders: names(true) };
}
