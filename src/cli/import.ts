import { extname } from 'node:path';
import type { Command } from 'commander';
import { importEdit } from './importEdit.ts';
import { importScreenplay } from './importScreenplay.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

interface Options {
  readonly film?: string;
  readonly script?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Endings of the files that can be imported, each with who does it. */
const readers: Readonly<
  Record<string, (file: string, options: Options, terminal: Terminal) => Promise<void>>
> = {
  '.otio': importEdit,
  '.otioz': importEdit,
  '.fountain': importScreenplay,
  '.fdx': importScreenplay,
};

/** `moviedreamer import FILE`: what other programs wrote. */
export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description("makes a script of a screenplay, or takes an editor's cut back into a film's script")
    .argument('<file>', `a file that ends in ${Object.keys(readers).join(', ')}`)
    .option('--film <folder>', "the film's folder that a cut belongs to")
    .option('--script <file>', "the film's script (default: where it was when the film was made)")
    .option('--out <file>', 'of a screenplay: the script to write (default: script.yaml beside it)')
    .option('--force', 'of a screenplay: replaces a script that is there (default: merges with it)')
    .option('--json', 'prints what was done as JSON')
    .action((file: string, options: Options) => {
      const read = readers[extname(file).toLowerCase()];
      if (!read) {
        throw new UsageError(`${file}: what can be imported ends in ${Object.keys(readers).join(', ')}`);
      }
      return read(file, options, terminal);
    });
}
