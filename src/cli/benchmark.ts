import { type Command, Option } from 'commander';
import type {
  BenchmarkEvent,
  BenchmarkOptions,
  FootageBenchmarkEvent,
  FootageBenchmarkOptions,
  PartEvent,
} from '../benchmark/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import { columns } from './columns.ts';
import { ProgressBar } from './progress.ts';
import { failedAsJson, runEvents, type Show } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer } from './usage.ts';

interface Options extends BenchmarkOptions {
  readonly device: DeviceName;
  readonly json?: boolean;
}

/** `moviedreamer benchmark theatre`: what the weights can do, measured on held-out films, with ceilings. */
export function addBenchmark(program: Command, terminal: Terminal): void {
  const benchmark = program.command('benchmark').description('measures a set of weights');
  benchmark
    .command('theatre')
    .description("measures every stage on held-out paper-theatre films, in the paper's terms")
    .option('--episodes <n>', 'held-out episodes', integer(1, 1000), 40)
    .option('--shots <n>', 'shots of each', integer(2, 128), 32)
    .option('--seed <n>', 'same seed, same episodes', integer(0), 0)
    .option('--people <n>', 'held-out people to tell apart', integer(2, 1000), 100)
    .option('--probe-frames <n>', 'training frames that the probes learn from', integer(1, 100_000), 4000)
    .option('--long-shots <n>', 'shots of the long film', integer(4, 256), 256)
    .option('--clips <n>', 'keyframes that are moved', integer(1, 10_000), 40)
    .option('--segments <n>', 'segments of each clip', integer(1, 100), 4)
    .option('--preset <name>', 'a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', 'its weights (default: those of the preset)')
    .option('--out <folder>', 'where benchmark.json, results.md and the sheets go', 'out/benchmark')
    .option('--cache <folder>', 'what is kept for the next time', 'runs/cache/benchmark')
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((options: Options) => run(options, terminal));
  benchmark
    .command('footage')
    .description('measures data sets made from films, on paper-theatre films whose truth is known')
    .option('--episodes <n>', 'films of the test split', integer(1, 1000), 10)
    .option('--shots <n>', 'shots of each', integer(2, 128), 32)
    .option('--seed <n>', 'same seed, same films', integer(0), 0)
    .option('--preset <name>', 'a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', 'its weights (default: those of the preset)')
    .option('--out <folder>', 'where footage.json goes', 'out/benchmark')
    .option('--cache <folder>', 'films and data set, kept for the next time', 'runs/cache/benchmark')
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--json', 'prints one event a line as JSON')
    .action((options: FootageOptions) => runFootage(options, terminal));
  benchmark.copyInheritedSettings(program);
  for (const command of benchmark.commands) command.copyInheritedSettings(program);
}

async function run({ json, ...options }: Options, terminal: Terminal): Promise<void> {
  const { benchmark } = await import('../benchmark/index.ts');
  const show = json ? jsonLines(terminal) : await inWords(terminal);
  await runEvents((signal) => benchmark({ ...options, signal }), show, terminal);
}

interface FootageOptions extends FootageBenchmarkOptions {
  readonly json?: boolean;
}

async function runFootage({ json, ...options }: FootageOptions, terminal: Terminal): Promise<void> {
  const { cellsOf, footageBenchmark, headings } = await import('../benchmark/index.ts');
  const bars = new PartBars(terminal);
  const inWords: Show<FootageBenchmarkEvent>['event'] = (event) => {
    if (event.type === 'notice') terminal.err(event.message);
    else if (event.type === 'part') bars.update(event);
    else {
      for (const line of columns([[...headings], ...event.rows.map(cellsOf)])) terminal.out(line);
      terminal.out(`figures: ${event.json}`);
    }
  };
  const show: Show<FootageBenchmarkEvent> = json
    ? { event: (event) => terminal.out(JSON.stringify(event)), failed: failedAsJson(terminal) }
    : { event: inWords, failed: () => {} };
  await runEvents((signal) => footageBenchmark({ ...options, signal }), show, terminal);
}

/** One bar after the other, for the part that is being done. */
class PartBars {
  private readonly terminal: Terminal;
  private part: string | undefined;
  private bar: ProgressBar | undefined;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  update({ part, done, total }: PartEvent): void {
    if (part !== this.part) this.bar = new ProgressBar(this.terminal, part, total);
    this.part = part;
    this.bar?.update(done);
    if (done < total || !this.bar) return;
    this.bar.finish(`${total} done`);
    this.bar = undefined;
  }
}

/** The benchmark itself becomes one line a row. */
function jsonLines(terminal: Terminal): Show<BenchmarkEvent> {
  const line = (event: object): void => terminal.out(JSON.stringify(event));
  return {
    event: (event) => {
      if (event.type !== 'benchmark') return line(event);
      const { result, ...files } = event;
      for (const row of result.rows) line({ type: 'row', ...row });
      line(files);
    },
    failed: failedAsJson(terminal),
  };
}

async function inWords(terminal: Terminal): Promise<Show<BenchmarkEvent>> {
  const { cellsOf, headings } = await import('../benchmark/index.ts');
  const bars = new PartBars(terminal);
  return {
    event: (event) => {
      if (event.type === 'notice') terminal.err(event.message);
      else if (event.type === 'part') bars.update(event);
      else {
        for (const line of columns([[...headings], ...event.result.rows.map(cellsOf)])) terminal.out(line);
        terminal.out(`figures: ${event.json}`);
        terminal.out(`results: ${event.markdown}`);
      }
    },
    failed: () => {},
  };
}
