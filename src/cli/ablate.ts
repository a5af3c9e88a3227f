import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AblateEvent, AblateOptions } from '../ablation/index.ts';
import { defaultSettings, type ExperimentName, experimentNames } from '../ablation/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import { columns } from './columns.ts';
import { ProgressBar } from './progress.ts';
import { failedAsJson, runEvents, type Show } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, number } from './usage.ts';

interface Options extends AblateOptions {
  readonly device: DeviceName;
  readonly json?: boolean;
}

/** `moviedreamer ablate`: the paper's ablations at a small budget, direction by direction. */
export function addAblate(program: Command, terminal: Terminal): void {
  const d = defaultSettings;
  program
    .command('ablate')
    .description("trains the paper's variants from the same seeds and compares them; stopped, it goes on")
    .option('--only <names>', `some of ${experimentNames.join(',')}`, names)
    .option('--seeds <n>', 'trainings of each variant', integer(1, 100), d.seeds)
    .option('--seed <n>', 'the first of their seeds, and that of the test films', integer(0), d.seed)
    .option('--budget <factor>', 'on the steps of every training', number(0), d.budget)
    .option('--train-episodes <n>', 'episodes to learn from', integer(1, 100_000), d.trainEpisodes)
    .option('--few-episodes <n>', 'those of figure 7', integer(1, 100_000), d.fewEpisodes)
    .option('--episodes <n>', 'held-out episodes to measure', integer(1, 1000), d.episodes)
    .option('--shots <n>', 'shots of each', integer(2, 128), d.shots)
    .option('--people <n>', 'held-out people to tell apart', integer(2, 1000), d.people)
    .option('--clips <n>', 'keyframes that are moved', integer(1, 10_000), d.clips)
    .option('--segments <list>', 'lengths of their clips, in segments', counts, d.segments)
    .option('--clip-steps <list>', 'sampling steps of their clips', counts, d.clipSteps)
    .option('--preset <name>', 'a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', 'its weights (default: those of the preset)')
    .option('--out <folder>', 'where ablations.json and ablations.md go', 'out/ablations')
    .option('--cache <folder>', 'frames, variants and what was measured of them', 'runs/cache/ablations')
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((options: Options) => run(options, terminal));
}

/** Experiments as people write them: `table-3,figure-5`. */
function names(text: string): ExperimentName[] {
  return text.split(',').map((name) => {
    const known = experimentNames.find((n) => n === name.trim());
    if (known) return known;
    throw new InvalidArgumentError(`There is no '${name.trim()}'; there are ${experimentNames.join(', ')}.`);
  });
}

/** Whole numbers from 1: `4,8`. */
function counts(text: string): number[] {
  return text.split(',').map(integer(1, 1000));
}

async function run({ json, ...options }: Options, terminal: Terminal): Promise<void> {
  // drawing, gradients and metrics are loaded only here: what `generate` uses does not import them
  const { ablate } = await import('../ablation/index.ts');
  const show = json ? jsonLines(terminal) : await inWords(terminal);
  const words = { stopping: 'stopping, what is done will be saved; Ctrl-C again ends at once' };
  await runEvents((signal) => ablate({ ...options, signal }), show, terminal, words);
  terminal.status?.('');
}

function jsonLines(terminal: Terminal): Show<AblateEvent> {
  const line = (event: object): void => terminal.out(JSON.stringify(event));
  return {
    event: (event) => {
      if (event.type !== 'ablations') return line(event);
      const { result: _result, ...files } = event; // its experiments have been told one by one
      line(files);
    },
    failed: failedAsJson(terminal),
  };
}

async function inWords(terminal: Terminal): Promise<Show<AblateEvent>> {
  const { directionTable, figureTable } = await import('../ablation/index.ts');
  let part: string | undefined;
  let bar: ProgressBar | undefined;
  const table = (rows: readonly (readonly string[])[]): void => {
    for (const line of columns(rows)) terminal.out(line);
    terminal.out('');
  };
  return {
    event: (event) => {
      if (event.type === 'notice') terminal.err(event.message);
      else if (event.type === 'say') (terminal.status ?? terminal.err)(event.message);
      else if (event.type === 'part') {
        if (event.part !== part) bar = new ProgressBar(terminal, event.part, event.total);
        part = event.part;
        bar?.update(event.done);
        if (event.done < event.total || !bar) return;
        bar.finish(`${event.total} done`);
        bar = undefined;
      } else if (event.type === 'experiment') {
        const { result } = event;
        terminal.out(`${result.title}`);
        terminal.out(result.budget);
        terminal.out('');
        table(figureTable(result));
        table(directionTable(result));
        for (const note of result.notes) terminal.out(note);
        terminal.out('');
      } else {
        terminal.out(event.result.rule);
        terminal.out(`figures: ${event.json}`);
        terminal.out(`report: ${event.markdown}`);
      }
    },
    failed: () => {},
  };
}
