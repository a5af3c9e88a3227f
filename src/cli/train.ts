import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { checkOutputFolder, explainDiskError } from '../files/index.ts';
import { modelNames, Preset } from '../presets/index.ts';
import { type DeviceName, deviceNames, WorkerHost } from '../runtime/index.ts';
import type { PlannedTask, StageName, TrainingProgress } from '../training/index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { duration } from './progress.ts';
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
      'where finished weights go, and earlier ones are (default: those of the preset)',
    )
    .option('--from <folder>', 'weights to start a new run from, a folder for each model; afresh without it')
    .option(
      '--out <folder>',
      'checkpoints, metrics, loss curves and samples, a folder for each stage',
      'runs',
    )
    .option('--cache <folder>', 'drawn frames and computed features', 'runs/cache')
    .option('--seed <n>', 'of weights and data', integer(0), 0)
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .option('--steps <n>', "another number of steps than the preset's", integer(1))
    .option('--plan', 'says how much memory the training takes, and ends')
    .option('--json', 'prints one event a line as JSON')
    .action((stage: string, options: Options) => trainStages(stage, options, terminal));
}

async function trainStages(wanted: string, options: Options, terminal: Terminal): Promise<void> {
  // drawing and gradients are loaded only here: what `generate` uses does not know them
  const { describeMemory, planners, stageNames, stages, startedFrom, train, trainingMemory } = await import(
    '../training/index.ts'
  );
  if (wanted !== 'all' && !stageNames.some((name) => name === wanted)) {
    throw new UsageError(
      `train: there is no stage '${wanted}'; the stages are ${stageNames.join(', ')}, and all`,
    );
  }
  const { preset: name, weights, from, out, cache, seed, device, threads, steps, json, plan } = options;
  const preset = await Preset.open(name, weights ? { weights } : {});
  if (!plan) {
    await checkOutputFolder(out);
    await checkOutputFolder(cache, '--cache');
    await checkOutputFolder(preset.weightsFolder, '--weights');
  }
  for (const line of await preset.unusedWeights(modelNames)) terminal.err(line);
  const names: StageName[] = [];
  for (const stage of stageNames)
    if (wanted === 'all' ? await preset.hasFile('training', `${stage}.json`) : stage === wanted)
      names.push(stage);
  const interrupt = listenForInterrupt(() =>
    terminal.err('stopping, what is done will be saved; Ctrl-C again ends at once'),
  );
  const host = await WorkerHost.start({ device, ...(threads ? { threads } : {}) });
  const say = (text: string): void => {
    if (json) terminal.out(JSON.stringify({ type: 'notice', message: text }));
    else (terminal.status ?? terminal.err)(text);
  };
  try {
    for (const stage of names) {
      const { signal } = interrupt;
      const context = { preset, host, seed, from, cache, say, signal };
      const sayMemory = (task: PlannedTask): void => {
        const memory = trainingMemory(task);
        if (json) terminal.out(JSON.stringify({ type: 'memory', stage, ...memory }));
        else for (const line of describeMemory(task, memory)) terminal.err(line);
      };
      // before the data, which may take hours, where the networks are known without them
      const planner = await planners[stage]?.();
      if (planner) sayMemory(await planner(context));
      if (planner && plan) continue;
      const build = await stages[stage]();
      const built = await build(context);
      const task = from ? await startedFrom(built, from) : built;
      const settings = { ...task.settings, ...(steps ? { steps } : {}) };
      const folder = join(out, stage);
      if (!planner) sayMemory(task);
      if (plan) continue;
      const onProgress = showProgress(terminal, json ?? false);
      const onValidation = (figures: Readonly<Record<string, number>>): void => {
        if (json) terminal.out(JSON.stringify({ type: 'validation', stage, ...figures }));
        else terminal.err(`${stage} held out: ${Object.entries(figures).map(figure).join('  ')}`);
      };
      await train({ ...task, settings }, { host, seed, folder, onProgress, onValidation, say, signal });
      terminal.status?.('');
      if (json) terminal.out(JSON.stringify({ type: 'trained', stage, weights: preset.weightsFolder }));
      else
        terminal.out(
          `${stage}: trained; weights in ${preset.weightsFolder}, curves and samples in ${folder}`,
        );
    }
  } catch (error) {
    terminal.status?.('');
    if (interrupt.signal.aborted) throw interrupt.signal.reason;
    throw await explainDiskError(error, out);
  } finally {
    interrupt.stop();
    await host.close();
  }
}

const figure = ([name, value]: [string, number]): string => `${name} ${Number(value.toPrecision(4))}`;

function showProgress(terminal: Terminal, json: boolean): (progress: TrainingProgress) => void {
  let shown = 0;
  return (progress) => {
    const { stage, step, steps, record, samplesPerSecond, secondsLeft } = progress;
    if (json) {
      terminal.out(JSON.stringify({ type: 'step', stage, steps, ...record, samplesPerSecond, secondsLeft }));
      return;
    }
    const line =
      `${stage} ${step}/${steps}  loss ${record.loss.toPrecision(4)}  ` +
      `${samplesPerSecond.toFixed(1)} samples/s  ${duration(secondsLeft)} left`;
    if (terminal.status) terminal.status(line);
    else if (performance.now() - shown >= QUIET || step === steps) {
      shown = performance.now();
      terminal.err(line);
    }
  };
}
