import type { Command } from 'commander';
import { type CheckEvent, checkScript, readScript, readVocabulary } from '../film/index.ts';
import { Preset } from '../presets/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { checkLines } from './checkLines.ts';
import { failedAsJson, runEvents, type Show, stopsForGood } from './show.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';
import { vocabularyTable } from './vocabularyTable.ts';

interface Options {
  readonly preset: string;
  readonly weights?: string;
  readonly strict?: boolean;
  readonly vocabulary?: boolean;
  readonly json?: boolean;
}

/** `moviedreamer check SCRIPT`: what of a script a preset's models can follow, and what they cannot. */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description('says shot by shot what was recognised, and what the models have never met')
    .argument('[script]', 'the script, a YAML file')
    .option('--preset <name>', 'models: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', "the models' weights (default: those of the preset)")
    .option('--strict', 'fails where something is not met')
    .option('--vocabulary', 'prints what can be written, as a table in Markdown')
    .option('--json', 'prints one event a line as JSON')
    .action((script: string | undefined, options: Options) => check(script, options, terminal));
}

async function check(path: string | undefined, options: Options, terminal: Terminal): Promise<void> {
  const { weights, strict, json } = options;
  if (options.vocabulary) return printVocabulary(path, options, terminal);
  if (path === undefined) throw new UsageError('which script? npx moviedreamer check script.yaml');
  const script = await readScript(path);
  const preset = await Preset.open(options.preset, weights ? { weights } : {});
  let findings = 0;
  const work = async function* (): AsyncGenerator<CheckEvent, void, void> {
    const host = await WorkerHost.start();
    try {
      for await (const event of checkScript(script, preset, host)) {
        if (event.type === 'summary') findings = event.findings;
        yield event;
      }
    } finally {
      await host.close();
    }
  };
  await runEvents(
    work,
    json ? jsonLines(terminal) : inWords(terminal, options.preset),
    terminal,
    stopsForGood,
  );
  if (strict && findings > 0)
    throw new UsageError(`${path}: ${findings} thing${findings === 1 ? '' : 's'} to mend (--strict)`);
}

async function printVocabulary(
  path: string | undefined,
  { preset: name, json }: Options,
  terminal: Terminal,
): Promise<void> {
  if (path !== undefined) throw new UsageError('--vocabulary takes no script: it is the same for all');
  const preset = await Preset.open(name);
  const vocabulary = await readVocabulary(preset);
  if (!vocabulary)
    throw new UsageError(
      `preset '${preset.name}' has no vocabulary.json: what its models have met is not listed`,
    );
  terminal.out(json ? JSON.stringify({ type: 'vocabulary', ...vocabulary }) : vocabularyTable(vocabulary));
}

const jsonLines = (terminal: Terminal): Show<CheckEvent> => ({
  event: (event) => terminal.out(JSON.stringify(event)),
  failed: failedAsJson(terminal),
});

const inWords = (terminal: Terminal, preset: string): Show<CheckEvent> => ({
  event: (event) => {
    for (const line of checkLines(event, preset)) terminal.out(line);
  },
  failed: () => {},
});
