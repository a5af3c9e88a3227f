import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { convertToSafetensors } from '../checkpoints/index.ts';
import { sizeText, variants } from '../hub/index.ts';
import { cleanModels } from './modelsClean.ts';
import { listModels } from './modelsList.ts';
import { mergeModels } from './modelsMerge.ts';
import { pullModels } from './modelsPull.ts';
import { synthModels } from './modelsSynth.ts';
import { ProgressBar } from './progress.ts';
import { stoppable, stopsForGood } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, memory } from './usage.ts';

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
    .action((names: string[], _, command: Command) => pullModels(names, inherited(command), terminal));
  models
    .command('synth')
    .description(
      "writes checkpoints of a preset's shapes and layouts with random weights: to try, to measure, to begin training",
    )
    .addOption(
      new Option('--preset <name>', 'a preset with models.json, or a folder of one').default('paper'),
    )
    .requiredOption('--out <folder>', 'the folder below which they lie as if downloaded')
    .option('--seed <n>', 'the same seed gives the same bytes', integer(0), 0)
    .option('--only <parts>', 'these parts alone, e.g. compressor,renderer')
    .addOption(variant)
    .option('--shard <amount>', 'the most bytes of a file, where a part is published in several', memory)
    .action((_, command: Command) => synthModels(inherited(command), terminal));
  models
    .command('convert')
    .description('writes a checkpoint of another layout (a file of torch, shards) as one .safetensors file')
    .argument('<checkpoint>', 'a file or folder')
    .requiredOption('--out <file>', 'the .safetensors file')
    .action(async (from: string, { out }: { out: string }) => {
      let bar: ProgressBar | undefined;
      const convert = (signal: AbortSignal): Promise<void> =>
        convertToSafetensors(from, out, (done, total) => {
          bar ??= new ProgressBar(terminal, 'convert', total, { amount: sizeText });
          bar.update(done);
          signal.throwIfAborted();
        });
      await stoppable(convert, () => {}, terminal, stopsForGood);
      terminal.status?.('');
      terminal.out(out);
    });
  models
    .command('workflow')
    .description('lists the nodes and inputs of a ComfyUI workflow in the API format, and proposes bindings')
    .argument('<file>', 'the workflow, as exported by "Export (API)"')
    .action(async (file: string) => {
      const { describeWorkflow, ModelsFileError, parseWorkflow } = await import('../providers/index.ts');
      const text = await readFile(file, 'utf8').catch((cause: Error) => {
        throw new ModelsFileError(`${file} cannot be read (${cause.message}); check the path`, { cause });
      });
      for (const line of describeWorkflow(parseWorkflow(text, file))) terminal.out(line);
    });
  models
    .command('clean')
    .description(
      'removes the copies in other forms that were made of checkpoints; they are made again when needed',
    )
    .addOption(preset)
    .option('--weights <folder>', 'where the checkpoints are, as for generate')
    .action((_, command: Command) => cleanModels(inherited(command), terminal));
  models
    .command('merge')
    .description('adds an adapter (LoRA, of PEFT, diffusers or our own training) to the weights of its model')
    .requiredOption('--base <path>', 'the model: a folder, a file, or the index of its shards')
    .requiredOption('--adapter <path>', 'the adapter: a folder or a file')
    .requiredOption(
      '--out <folder>',
      'where the merged model goes; names and precision are those of the base',
    )
    .action((options) => mergeModels(options, terminal));
}

/** A command's options; one that was given before its name (`models --preset paper synth`) counts where it has none itself. */
function inherited<T extends object>(command: Command): T {
  const options: Record<string, unknown> = { ...command.opts() };
  const { parent } = command;
  for (const [name, value] of Object.entries(parent?.opts() ?? {})) {
    const isOwn = command.getOptionValueSource(name) === 'cli';
    const isKnown = command.options.some((option) => option.attributeName() === name);
    if (isKnown && !isOwn && parent?.getOptionValueSource(name) === 'cli') options[name] = value;
  }
  return options as T;
}
