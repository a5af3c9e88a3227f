import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { explainDiskError } from '../files/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import type { FilmData, StageName, TrainEvent } from '../training/index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { duration } from './progress.ts';
import { failedAsJson } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, UsageError } from './usage.ts';

interface Options {
  readonly preset: string;
  readonly weights?: string;
  readonly from?: string;
  readonly out: string;
  readonly cache: string;
  readonly seed: number;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly data?: readonly FilmData[];
  readonly steps?: number;
  readonly json?: boolean;
  readonly plan?: boolean;
}

/** Milliseconds between two progress lines where they cannot be redrawn. */
const QUIET = 10_000;

/** `moviedreamer train STAGE`: trains a stage of the paper, or all of them in order. */
export function addTrain(program: Command, terminal: Terminal): void {
  program
    .command('train')
    .description('trains a stage; stopped, the same command goes on from the last checkpoint')
    .argument('<stage>', 'the stage, or all that the preset has settings for')
    .option('--preset <name>', 'configs: a preset, or a folder of them', 'theatre')
    .option(
      '--weights <folder>',
      "where finished weights go and later stages find them (default: <out>/weights); what is not there is read from the preset's " +
        'own, which no training changes unless their folder is given here',
    )
    .option('--from <folder>', 'weights to start a new run from, a folder for each model; afresh without it')
    .option(
      '--out <folder>',
      'checkpoints, metrics, loss curves and samples, a folder for each stage',
      'runs',
    )
    .option('--cache <folder>', 'drawn frames and computed features', 'runs/cache')
    .option(
      '--data <dataset...>',
      'trains on films that footage and captions made, in place of the theatre: vae, tokenizer, autoregressor, renderer; ' +
        'folder=2 draws from it twice as often (default: 1)',
      filmData,
    )
    .option('--seed <n>', 'of weights and data', integer(0), 0)
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--steps <n>', "another number of steps than the preset's", integer(1))
    .option('--plan', 'says how much memory and disk the training takes, and ends; nothing is written')
    .option('--json', 'prints one event a line as JSON')
    .action((stage: string, options: Options) => run(stage, options, terminal));
}

async function run(wanted: string, { json, ...options }: Options, terminal: Terminal): Promise<void> {
  // drawing and gradients are loaded only here: what `generate` uses does not import them
  const { stageNames, trainStages } = await import('../training/index.ts');
  if (wanted !== 'all' && !stageNames.some((name) => name === wanted)) {
    throw new UsageError(
      `train: there is no stage '${wanted}'; the stages are ${stageNames.join(', ')}, and all`,
    );
  }
  const interrupt = listenForInterrupt(() =>
    terminal.err('stopping, what is done will be saved; Ctrl-C again ends at once'),
  );
  const { signal } = interrupt;
  const show = json ? jsonLines(terminal) : inWords(terminal);
  let weights: string | undefined;
  try {
    for await (const event of trainStages(wanted as StageName | 'all', { ...options, signal })) {
      show(event);
      if (event.type === 'trained') ({ weights } = event);
    }
    const preset = options.preset === 'theatre' ? '' : ` --preset ${options.preset}`;
    if (weights !== undefined && !json)
      terminal.err(`to use them: npx moviedreamer generate SCRIPT${preset} --weights ${weights}`);
  } catch (error) {
    const cause = signal.aborted ? signal.reason : await explainDiskError(error, options.out);
    if (json) failedAsJson(terminal)(cause);
    throw cause;
  } finally {
    terminal.status?.('');
    interrupt.stop();
  }
}

/** `folder` or `folder=weight`, one after the other. */
function filmData(text: string, before: readonly FilmData[] = []): FilmData[] {
  const [, folder = text, number] = /^(.+)=([^=/\\]*)$/.exec(text) ?? [];
  const weight = number === undefined ? 1 : Number(number === '' ? Number.NaN : number);
  if (!(weight > 0 && Number.isFinite(weight)))
    throw new InvalidArgumentError(
      `expected a folder, or folder=weight with a weight above 0, got '${text}'.`,
    );
  if (before.some((data) => resolve(data.folder) === resolve(folder)))
    throw new InvalidArgumentError(`${folder} is given twice; one weight says how often it is drawn from.`);
  return [...before, { folder, weight }];
}

type Show = (event: TrainEvent) => void;

/** Figures of a step and of a validation stand beside its name. */
function jsonLines(terminal: Terminal): Show {
  const line = (event: object): void => terminal.out(JSON.stringify(event));
  return (event) => {
    if (event.type === 'step') {
      const { record, ...rest } = event;
      line({ ...rest, ...record });
    } else if (event.type === 'validation') {
      const { figures, ...rest } = event;
      line({ ...rest, ...figures });
    } else if (event.type === 'memory') {
      line({ type: event.type, stage: event.stage, ...event.memory });
    } else if (event.type === 'data') {
      line({ type: event.type, stage: event.stage, ...event.plan });
    } else line(event);
  };
}

function inWords(terminal: Terminal): Show {
  let shown = Number.NEGATIVE_INFINITY;
  return (event) => {
    switch (event.type) {
      case 'notice':
        terminal.err(event.message);
        break;
      case 'preparing':
        (terminal.status ?? terminal.err)(event.message);
        break;
      case 'data':
        terminal.err(event.text);
        break;
      case 'memory':
        for (const line of event.text) terminal.err(line);
        break;
      case 'step': {
        const { stage, step, steps, record, samplesPerSecond, secondsLeft } = event;
        const line =
          `${stage} ${step}/${steps}  loss ${record.loss.toPrecision(4)}  ` +
          `${samplesPerSecond.toFixed(1)} samples/s  ${duration(secondsLeft)} left`;
        if (terminal.status) terminal.status(line);
        else if (performance.now() - shown >= QUIET || step === steps) {
          shown = performance.now();
          terminal.err(line);
        }
        break;
      }
      case 'validation':
        terminal.err(`${event.stage} held out: ${Object.entries(event.figures).map(figure).join('  ')}`);
        break;
      case 'trained': {
        const { stage, weights, folder } = event;
        terminal.out(`${stage}: trained; weights in ${weights}, curves and samples in ${folder}`);
      }
    }
  };
}

const figure = ([name, value]: [string, number]): string => `${name} ${Number(value.toPrecision(4))}`;
