import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sizeText } from '../hub/index.ts';
import { modelNames, Preset, preparedCache, preparedFolder } from '../presets/index.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly preset: string;
  readonly weights?: string;
}

/** `moviedreamer models clean`: removes prepared copies of a preset's checkpoints. */
export async function cleanModels({ preset, weights }: Options, terminal: Terminal): Promise<void> {
  const opened = await Preset.open(preset, weights ? { weights } : {});
  const places = modelNames.flatMap((name) => opened.layers(name));
  const folders = new Set(
    places.flatMap((path) => [path, dirname(path)]).map((path) => join(path, preparedFolder)),
  );
  folders.add(preparedCache()); // of any preset whose weights lie where nothing can be written
  let freed = 0;
  for (const folder of [...folders].sort()) {
    const names = await readdir(folder).catch(() => undefined);
    if (!names) continue;
    let bytes = 0;
    for (const name of names) bytes += (await stat(join(folder, name))).size;
    await rm(folder, { recursive: true });
    terminal.out(`${sizeText(bytes).padStart(9)}  ${folder}`);
    freed += bytes;
  }
  terminal.out(freed > 0 ? `${sizeText(freed)} freed` : 'there were none');
}
