import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pump } from '../base/pump.ts';
import type { FilmData } from '../corpus/index.ts';
import { checkOutputFolder, sizeText } from '../files/index.ts';
import { borrowedNotice, modelNames, Preset } from '../presets/index.ts';
import { type DeviceName, WorkerHost } from '../runtime/index.ts';
import { type DataPlan, describeData, planData } from './data/dataPlan.ts';
import { describeMemory, type TrainingMemory, trainingMemory } from './memoryPlan.ts';
import { checkDisk, checkDiskOfAll, checkFrom } from './runChecks.ts';
import { dataSettingsOf, type StageContext } from './stage.ts';
import {
  filmStages,
  modelsRead,
  modelsSaved,
  planners,
  type StageName,
  stageNames,
  stages,
} from './stages/index.ts';
import { startedFrom } from './startedFrom.ts';
import { type PlannedTask, TrainingError } from './task.ts';
import { type TrainingProgress, train } from './trainer.ts';

/** Options of `trainStages`. */
export interface TrainStagesOptions {
  /** A preset's name, or a folder of configs. Default 'theatre'. */
  readonly preset?: string;
  /** Where checkpoints, metrics, loss curves and samples go, a folder for each stage. Default 'runs'. */
  readonly out?: string;
  /**
   * Where finished weights go, a folder for each model; later stages read them there. What it lacks is read from the
   * package's weights for the preset, where there are any. Default `<out>/weights`.
   */
  readonly weights?: string | undefined;
  /** A folder of weights that the runs start from, a folder for each model. Without it they start afresh. */
  readonly from?: string | undefined;
  /** Drawn frames and computed features, shared by all stages. Default 'runs/cache'. */
  readonly cache?: string;
  /** Of weights and data, a whole number from 0. Default 0. */
  readonly seed?: number;
  /** Default 'cpu'. */
  readonly device?: DeviceName;
  /** Threads of the CPU; all by default. */
  readonly threads?: number | undefined;
  /**
   * Data sets that `footage` and `captions` made, to train on in place of the theatre's episodes: of `filmStages` alone. A tenth of
   * their films, at least one, is held out.
   */
  readonly data?: readonly FilmData[] | undefined;
  /** Another number of steps than the preset's, for each stage. */
  readonly steps?: number | undefined;
  /** Says what each stage takes, and ends: nothing is drawn, prepared or written. Default false. */
  readonly plan?: boolean;
  /** Stops the training: while data are prepared at once, else after the step, with a checkpoint. The same call goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What happens while stages are trained. */
export type TrainEvent =
  /** Something worth knowing that is no error. */
  | { readonly type: 'notice'; readonly message: string }
  /** What is being prepared, such as `drawing train episodes 20/1600`; the next one takes its place. */
  | { readonly type: 'preparing'; readonly stage: StageName; readonly message: string }
  /** What the stage's data take on disk, and how much of them is missing. */
  | { readonly type: 'data'; readonly stage: StageName; readonly plan: DataPlan; readonly text: string }
  /** What the stage takes of memory, and what would save some where it is too much. */
  | {
      readonly type: 'memory';
      readonly stage: StageName;
      readonly memory: TrainingMemory;
      readonly text: readonly string[];
    }
  | ({ readonly type: 'step' } & TrainingProgress)
  /** Figures on held-out data. */
  | {
      readonly type: 'validation';
      readonly stage: StageName;
      readonly figures: Readonly<Record<string, number>>;
    }
  /** A stage is done: its weights, and its run's folder. */
  | {
      readonly type: 'trained';
      readonly stage: StageName;
      readonly weights: string;
      readonly folder: string;
    };

type Resolved = TrainStagesOptions &
  Required<Pick<TrainStagesOptions, 'preset' | 'out' | 'cache' | 'seed' | 'weights'>>;

/**
 * Trains a stage, or with `all` every stage that the preset has settings for, in the order in which they need each other.
 * Each takes up its run where an earlier call stopped. Throws `PresetError`, `ConfigError`, `DeviceError`,
 * `CheckpointError`, and `TrainingError` where a stage cannot begin or go on; `signal`'s reason where it was stopped.
 */
export async function* trainStages(
  stage: StageName | 'all',
  options: TrainStagesOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  const { out = 'runs', cache = 'runs/cache', preset: name = 'theatre', seed = 0, plan = false } = options;
  const weights = options.weights ?? join(out, 'weights');
  const all: Resolved = { ...options, preset: name, out, cache, seed, weights };
  if (options.data) checkFilmStage(stage);
  const preset = await openPreset(all);
  const chosen = await chosenStages(preset, stage);
  if (options.from !== undefined) await checkFrom(options.from, chosen);
  for (const line of await preset.unusedWeights(modelNames)) yield { type: 'notice', message: line };
  if (!plan) {
    await checkOutputFolder(out);
    await checkOutputFolder(cache, '--cache');
    await checkOutputFolder(weights, '--weights');
  }
  const { device, threads } = options;
  const host = await WorkerHost.start({ ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
  try {
    const context = contextOf(preset, host, all);
    const data = await planStages(context, chosen, out);
    if (plan) {
      yield* tellPlan(context, data);
      return;
    }
    await checkDiskOfAll([...data.values()]);
    // opened again for each stage: those before have put weights there
    for (const each of chosen) yield* trainStage(each, contextOf(await openPreset(all), host, all), all);
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw error;
  } finally {
    await host.close();
  }
}

const openPreset = ({ preset, weights }: Resolved): Promise<Preset> =>
  Preset.open(preset, { weights, filling: true });

function checkFilmStage(stage: StageName | 'all'): void {
  if (filmStages.some((name) => name === stage)) return;
  throw new TrainingError(
    `${stage}: expected one of ${filmStages.join(', ')} with --data; the others learn from what only the theatre knows of its ` +
      'pictures; train them without --data',
  );
}

async function chosenStages(preset: Preset, wanted: StageName | 'all'): Promise<StageName[]> {
  const has = (stage: StageName): Promise<boolean> => preset.hasFile('training', `${stage}.json`);
  const there: StageName[] = [];
  for (const stage of stageNames) if (await has(stage)) there.push(stage);
  if (wanted === 'all' && there.length > 0) return there;
  if (wanted !== 'all' && there.includes(wanted)) return [wanted];
  const list = there.length > 0 ? `it has some for ${there.join(', ')}` : 'it has none for any stage';
  const file = join(preset.folder, 'training', wanted === 'all' ? '' : `${wanted}.json`);
  throw new TrainingError(
    `preset '${preset.name}': there are no settings to train ${wanted}, which would lie in ${file}; ${list}`,
  );
}

function contextOf(preset: Preset, host: WorkerHost, options: Resolved): StageContext {
  const { seed, from, cache, data, signal } = options;
  return { preset, host, seed, from, cache, data, say: () => {}, signal };
}

/** The data of some stages that are trained one after the other; what a begun run computed counts as there. */
async function planStages(
  context: StageContext,
  chosen: readonly StageName[],
  out: string,
): Promise<Map<StageName, DataPlan>> {
  const plans = new Map<StageName, DataPlan>();
  const trained = new Set<string>();
  const made = new Set<string>();
  for (const stage of chosen) {
    const plan = await planData(context, stage, { trained, made });
    plans.set(stage, plan);
    for (const file of plan.files) made.add(file.key);
    const isBegun = existsSync(join(out, stage, 'checkpoint.safetensors'));
    if (!isBegun) for (const model of modelsSaved[stage]) trained.add(model);
  }
  return plans;
}

async function* tellPlan(
  context: StageContext,
  plans: ReadonlyMap<StageName, DataPlan>,
): AsyncGenerator<TrainEvent, void, void> {
  const before = new Set<string>();
  for (const [stage, data] of plans) {
    const borrowed = borrowedNotice(
      context.preset,
      modelsRead[stage].filter((model) => !before.has(model)),
    );
    if (borrowed) yield { type: 'notice', message: `${stage}: ${borrowed}` };
    yield { type: 'data', stage, plan: data, text: describeData(stage, data) };
    for (const message of data.films) yield { type: 'notice', message };
    const task = await plannedTask(stage, context);
    if (task) yield memoryEvent(stage, task);
    else yield { type: 'notice', message: `${stage}: its memory is known once its data are there` };
    for (const model of modelsSaved[stage]) before.add(model);
  }
  if (plans.size < 2) return;
  const missing = [...plans.values()].reduce((n, plan) => n + plan.missing, 0);
  yield {
    type: 'notice',
    message: `all stages: ${sizeText(missing)} of data to be made in ${context.cache}`,
  };
}

async function* trainStage(
  stage: StageName,
  context: StageContext,
  { from, out, steps, signal: stop, seed }: Resolved,
): AsyncGenerator<TrainEvent, void, void> {
  const { preset, host } = context;
  const borrowed = borrowedNotice(preset, modelsRead[stage]);
  if (borrowed) yield { type: 'notice', message: `${stage}: ${borrowed}` };
  const planned = await plannedTask(stage, context);
  const data = await planData(context, stage);
  yield { type: 'data', stage, plan: data, text: describeData(stage, data) };
  for (const message of data.films) yield { type: 'notice', message };
  if (planned) yield memoryEvent(stage, planned);
  const folder = join(out, stage);
  await checkDisk(stage, data, { folder, task: planned });
  yield* pump<TrainEvent>(stop, async (emit, signal) => {
    let isPreparing = true;
    const say = (message: string): void => {
      if (isPreparing) signal.throwIfAborted();
      emit(isPreparing ? { type: 'preparing', stage, message } : { type: 'notice', message });
    };
    const build = await stages[stage]();
    const built = await build({ ...context, say, signal });
    const notice = (message: string): void => emit({ type: 'notice', message });
    const task = from === undefined ? built : await startedFrom(built, from, notice);
    signal.throwIfAborted();
    isPreparing = false;
    if (!planned) emit(memoryEvent(stage, task));
    await train(
      { ...task, films: data.filmsKey, settings: { ...task.settings, ...(steps ? { steps } : {}) } },
      {
        ...{ host, seed, folder, say, signal },
        onProgress: (progress) => emit({ type: 'step', ...progress }),
        onValidation: (figures) => emit({ type: 'validation', stage, figures }),
      },
    );
    emit({ type: 'trained', stage, weights: preset.weightsFolder, folder });
  });
}

/** The stage's networks where they follow from configs alone; its settings are checked in any case. */
async function plannedTask(stage: StageName, context: StageContext): Promise<PlannedTask | undefined> {
  await dataSettingsOf(context.preset);
  const planner = await planners[stage]?.();
  return planner?.(context);
}

function memoryEvent(stage: StageName, task: PlannedTask): TrainEvent {
  const memory = trainingMemory(task);
  return { type: 'memory', stage, memory, text: describeMemory(task, memory) };
}
