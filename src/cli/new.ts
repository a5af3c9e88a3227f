import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { explainDiskError } from '../files/index.ts';
import { packageRoot } from '../presets/index.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

/** `moviedreamer new NAME`: a folder with a script and portraits to begin with. */
export function addNew(program: Command, terminal: Terminal): void {
  program
    .command('new')
    .description('makes a folder with a script of three shots, two portraits and comments to begin with')
    .argument('<folder>', 'the folder to make')
    .action((folder: string) => begin(folder, terminal));
}

async function begin(folder: string, terminal: Terminal): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`${folder} is no folder (${error.code}); give another name`);
  });
  if (names.length > 0)
    throw new UsageError(`${folder} has files already, such as ${names[0]}; give another name`);
  try {
    await mkdir(folder, { recursive: true });
    await cp(join(packageRoot, 'starter'), folder, { recursive: true, errorOnExist: true });
  } catch (error) {
    throw await explainDiskError(error, folder);
  }
  terminal.out(`${folder}: a script and two portraits; edit ${join(folder, 'script.yaml')}, then`);
  terminal.out(`npx moviedreamer generate ${join(folder, 'script.yaml')}`);
}
