import { type Command, Option } from 'commander';
import { variants } from '../hub/index.ts';
import { listModels } from './modelsList.ts';
import { pullModels } from './modelsPull.ts';
import type { Terminal } from './terminal.ts';

/** `moviedreamer models`: which checkpoints a preset needs, where they are, and how they come here. */
export function addModels(program: Command, terminal: Terminal): void {
  const preset = new Option('--preset <name>', 'a preset, or a folder of configs').default('theatre');
  const variant = new Option('--variant <name>', 'which precision, where several are published').choices(
    variants,
  );
  const models = program
    .command('models')
    .description('says which checkpoints a preset needs, where they are, and what to do about missing ones')
    .enablePositionalOptions() // so that an option after `pull` is pull's
    .addOption(preset)
    .option(
      '--weights <folder>',
      'where to look first: a folder for each part, as downloaded, or a cache of the hub',
    )
    .addOption(variant)
    .option('--json', 'prints one part a line as JSON')
    .action((options) => listModels(options, terminal));
  models
    .command('pull')
    .description('fetches parts from their publishers and checks them; stopped, the same command goes on')
    .argument('[parts...]', 'their names, or all')
    .addOption(preset)
    .addOption(variant)
    .option('--out <folder>', "where they go (default: the hub's cache, which all of its clients share)")
    .option('--json', 'prints one event a line as JSON')
    .action((names: string[], options) => pullModels(names, options, terminal));
}
