import { basename, dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type DreamEvent,
  type DreamOptions,
  type LoadDreamerOptions,
  MovieDreamer,
  mostTakes,
  type PlannedFilm,
  RunFolder,
  readScript,
  type Script,
  writeShotIds,
} from '../film/index.ts';
import { gigabytes, samplerNames } from '../inference/index.ts';
import { modelNames } from '../presets/index.ts';
import { type DeviceName, deviceNames } from '../runtime/index.ts';
import { DreamProgress, settingLine } from './dreamProgress.ts';
import { estimateLines, estimateOf } from './estimate.ts';
import { planLines } from './planLines.ts';
import { failedAsJson, runEvents, type Show, stoppable } from './show.ts';
import type { Terminal } from './terminal.ts';
import { integer, memory, number, shotList, takeChoices, UsageError } from './usage.ts';

interface Options extends Omit<DreamOptions, 'out' | 'stage' | 'signal' | 'previews'> {
  readonly out?: string;
  readonly stage?: 'tokens' | 'keyframes' | 'clips';
  readonly preset: string;
  readonly weights?: string;
  readonly device: DeviceName;
  readonly precision: 'fp32' | 'fp16';
  readonly threads?: number;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly writeIds?: boolean;
  readonly models?: string;
  readonly estimate?: boolean;
}

/** `moviedreamer generate SCRIPT`: from a script to a film. */
export function addGenerate(program: Command, terminal: Terminal): void {
  program
    .command('generate')
    .description('makes the film of a script, or brings it up to date; stopped, the same command goes on')
    .argument('<script>', 'the script, a YAML file')
    .option('--out <folder>', "the film's folder (default: out/<name of the script's folder or file>)")
    .option('--seed <n>', 'another seed is another film (default: that of the folder, or 0)', integer(0))
    .option('--preset <name>', 'models: a preset, or a folder of configs', 'theatre')
    .option('--weights <folder>', "the models' weights (default: those of the preset)")
    .addOption(new Option('--device <name>', 'where models run').choices([...deviceNames]).default('cpu'))
    .addOption(
      new Option('--precision <name>', 'what models compute in; fp16 on GPUs only')
        .choices(['fp32', 'fp16'])
        .default('fp32'),
    )
    .option('--threads <n>', 'threads on the CPU (default: all)', integer(1, 1024))
    .addOption(
      new Option('--stage <name>', 'stops after this stage').choices(['tokens', 'keyframes', 'clips']),
    )
    .option('--shots <list>', 'renders only these shots, anew, e.g. 3,7-9', shotList)
    .option('--reroll <list>', 'makes another take of these shots, and changes no other', shotList)
    .option(
      '--takes <n>',
      'makes keyframes that fail their check again, up to so many in all, and shows the best (default: 1)',
      integer(1, mostTakes),
    )
    .option('--choose <list>', 'shows this take of a shot, e.g. 7=2; 7=auto: the best one again', takeChoices)
    .option(
      '--steps <n>',
      'denoising steps of keyframes; 0 paints the draft that they begin from',
      integer(0, 1000),
    )
    .option('--clip-steps <n>', 'denoising steps of clips', integer(1, 1000))
    .option('--guidance <n>', 'classifier-free guidance of keyframes; 1 is none', number(0))
    .addOption(new Option('--sampler <name>', 'sampler of keyframes').choices([...samplerNames]))
    .addOption(
      new Option('--anchor <which>', "whose picture guides a clip's later segments").choices([
        'keyframe',
        'last-frame',
      ]),
    )
    .option(
      '--memory <amount>',
      'the most that a stage may take, e.g. 8GB: chooses smaller forms of models',
      memory,
    )
    .option('--keep-later', 'keeps the shots after an inserted, removed, moved or changed one as they are')
    .option('--no-keep-later', 'makes shots that were kept follow the shots before them again')
    .option('--reset-settings', "goes back to the preset's settings, with --shots for these alone")
    .option('--force', 'takes over a folder that holds the film of another script; its seed stays')
    .option('--repair', 'takes over a folder whose run.json is damaged, with the pictures and clips in it')
    .option(
      '--models <file>',
      'models elsewhere that make keyframes and clips; remembered, and "preset" goes back to the preset\'s own',
    )
    .option(
      '--estimate',
      'says what would be ordered from models elsewhere and what it costs, and changes nothing',
    )
    .option('--budget <amount>', 'orders nothing that would make the film cost more', number(0))
    .option(
      '--order-again <list>',
      'forgets what was ordered for these shots and has not come; it may be paid for twice',
      shotList,
    )
    .option('--write-ids', 'writes the ids of the shots into the script, where it has none')
    .option('--dry-run', 'says what would be made, what is reused and why, and changes nothing')
    .option('--json', 'prints one event a line as JSON')
    .action((script: string, options: Options) => generate(script, options, terminal));
}

async function generate(path: string, options: Options, terminal: Terminal): Promise<void> {
  const { out = join('out', nameOf(path)), preset, weights, device, threads, json, ...others } = options;
  const { precision, dryRun, writeIds, models, estimate, ...rest } = others;
  if (dryRun && writeIds)
    throw new UsageError('--dry-run changes nothing; leave it out to let --write-ids write');
  const script = await readScript(path);
  const half = precision === 'fp16' ? ({ precision: 'float16' } as const) : {};
  // one film a process: models of a stage that is done only take memory
  const load = {
    device,
    ...half,
    ...(weights ? { weights } : {}),
    ...(threads ? { threads } : {}),
    keepModels: false,
    ...(await chosenMakers(models, out)),
  };
  const asked = { ...rest, out };
  if (estimate) {
    const plan = await planned(preset, load, script, asked);
    for (const line of json ? [JSON.stringify(estimateOf(plan))] : estimateLines(plan)) terminal.out(line);
    return;
  }
  if (dryRun) {
    const failed = json ? failedAsJson(terminal) : () => {};
    await stoppable(
      async () => showPlan(await planned(preset, load, script, asked), json, terminal),
      failed,
      terminal,
    );
    return;
  }
  const show: GenerateShow = json ? jsonLines(terminal) : new DreamProgress(terminal, script.shots.length);
  const work = async function* (signal: AbortSignal): AsyncGenerator<DreamEvent, void, void> {
    await using dreamer = await MovieDreamer.load(preset, load);
    for (const line of await dreamer.preset.unusedWeights(modelNames)) terminal.err(line);
    const own = writeIds ? await named(path, script, (await dreamer.plan(script, asked)).ids) : script;
    yield* dreamer.dream(own, { ...asked, signal });
  };
  await runEvents(work, show, terminal);
  show.ended();
  if (!json) terminal.err(`peak memory ${gigabytes(process.resourceUsage().maxRSS * 1024)}`);
}

/** Who makes keyframes and clips: as given, else as the folder's run.json remembers. */
async function chosenMakers(
  file: string | undefined,
  out: string,
): Promise<Pick<LoadDreamerOptions, 'makers'>> {
  if (file === 'preset') return {};
  const remembered = file === undefined ? await rememberedIn(out) : undefined;
  if (file === undefined && remembered === undefined) return {};
  const providers = await import('../providers/index.ts'); // only films of other models load it
  const choices =
    file === undefined
      ? providers.rememberedModels(remembered, join(out, 'run.json'))
      : await providers.readModels(file);
  return { makers: await providers.makersOf(choices) };
}

/** A run.json that cannot be read is told of when the film begins. */
const rememberedIn = (out: string): Promise<unknown> =>
  RunFolder.read(out).then(
    ({ state }) => state.models,
    () => undefined,
  );

async function planned(
  preset: string,
  load: LoadDreamerOptions,
  script: Script,
  options: DreamOptions,
): Promise<PlannedFilm> {
  await using dreamer = await MovieDreamer.load(preset, load);
  return dreamer.plan(script, options);
}

/** Writes ids into the script and reads it again, where it does not have them all. */
async function named(path: string, script: Script, ids: readonly string[]): Promise<Script> {
  if (script.shots.every(({ id }) => id !== undefined)) return script;
  await writeShotIds(path, ids);
  return readScript(path);
}

function showPlan(plan: PlannedFilm, json: boolean | undefined, terminal: Terminal): void {
  if (!json) {
    for (const setting of plan.settings) terminal.err(settingLine(setting));
    for (const message of plan.notices) terminal.err(message);
    for (const line of planLines(plan)) terminal.out(line);
    return;
  }
  const { jobs, ...rest } = plan;
  terminal.out(JSON.stringify({ type: 'plan', ...rest }));
  for (const job of jobs) terminal.out(JSON.stringify({ type: 'job', ...job }));
}

/** Reports the progress of a film. */
interface GenerateShow extends Show<DreamEvent> {
  ended(): void;
}

function jsonLines(terminal: Terminal): GenerateShow {
  return {
    event: (event) => terminal.out(JSON.stringify(event)),
    ended: () => {},
    failed: failedAsJson(terminal),
  };
}

/** `films/lighthouse/script.yaml` is `lighthouse`, `lighthouse.yaml` as well. */
export function nameOf(path: string): string {
  const own = basename(path).replace(/\.[^.]+$/, '');
  return own === 'script' ? basename(dirname(resolve(path))) || own : own;
}
