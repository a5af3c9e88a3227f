import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../base/index.ts';
import { type Claim, claim } from '../files/index.ts';
import { f32, type Tensor } from '../graph/index.ts';
import { type ModelSource, storeSource } from '../presets/index.ts';
import type { Range, Session, SessionTuning, StoreOptions, WorkerHost } from '../runtime/index.ts';
import { loadCheckpoint, type RunIdentity, type StateArray, saveCheckpoint } from './checkpoint.ts';
import { checkTask } from './checkTask.ts';
import { Clock } from './clock.ts';
import { FlatLayout } from './flatState.ts';
import { learningRate } from './learningRate.ts';
import { LossScale } from './lossScale.ts';
import { MetricsLog, type MetricsRecord } from './metricsLog.ts';
import { Observer } from './observe.ts';
import { lossScaleInput, phaseAt, trainingProgram } from './stepProgram.ts';
import { type ParameterGroup, TrainingError, type TrainingPhase, type TrainingTask } from './task.ts';

export { TrainingError } from './task.ts';

/** Reported after every step. */
export interface TrainingProgress {
  /** Name of the task. */
  readonly stage: string;
  /** Steps done, of `steps`. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** The step’s line of `metrics.jsonl`. */
  readonly record: MetricsRecord;
  /** Samples trained on per second, measured in this process. */
  readonly samplesPerSecond: number;
  /** Estimated seconds to the last step. */
  readonly secondsLeft: number;
}

/** Options of `train`. */
export interface TrainOptions {
  /** The worker that computes the steps. */
  readonly host: WorkerHost;
  /** Seed of every random draw of the run. */
  readonly seed: number;
  /** The run's folder: checkpoint.safetensors, metrics.jsonl, loss.png, validation.png, samples/. */
  readonly folder: string;
  /** Called after every step. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Held-out figures, where the task has some. */
  readonly onValidation?: (figures: Readonly<Record<string, number>>) => void;
  /** Says where the run begins or goes on. */
  readonly say?: (text: string) => void;
  /** Stops the run with a `TrainingError` after a checkpoint; the next call goes on from there. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a task to its last step, from the folder's checkpoint where there is one, and saves the averaged weights.
 * A run that was killed and started again writes the same `metrics.jsonl` as one that was not. Throws `TrainingError`
 * where it cannot go on (the loss is not finite, the disk is full, `signal`), and `CheckpointError` where the folder
 * belongs to another run.
 */
export async function train(task: TrainingTask, options: TrainOptions): Promise<void> {
  const { host, seed, folder, say = () => {} } = options;
  const { steps } = task.settings;
  checkTask(task, host);
  const layout = new FlatLayout(task);
  const run: RunIdentity = { stage: task.name, seed, ...identity(task) };
  let safe = 0; // the last checkpoint's step
  let claimed: Claim | undefined;
  try {
    await mkdir(join(folder, 'samples'), { recursive: true });
    claimed = await claim(join(folder, 'checkpoint.safetensors'), { onWait: say, signal: options.signal });
    const { lost } = claimed;
    const saved = await loadCheckpoint(folder, run);
    if (saved?.step === steps) say(`${task.name}: all ${steps} steps are done; its weights are saved again`);
    else if (saved) say(`${task.name}: goes on after step ${saved.step} of ${steps}`);
    else if (task.initial?.names.size)
      say(`${task.name}: ${countInitial(task)} parameters start from earlier weights`);
    const first = saved?.step ?? 0;
    safe = first;
    const scale = task.settings.precision === 'float16' ? new LossScale(saved?.lossScale) : undefined;
    const arrays: readonly StateArray[] =
      task.settings.emaDecay > 0 ? ['parameters', 'm', 'v', 'ema'] : ['parameters', 'm', 'v'];
    const store = await host.createStore(layout.slots, layout.length, storeOptions(task.settings));
    const log = await MetricsLog.open(folder, first);
    try {
      for (const name of arrays) {
        if (!saved && (name === 'm' || name === 'v')) continue; // zeros, as they are
        for (const range of layout.pieces) {
          const values = saved
            ? await saved.read(name, range)
            : await layout.firstParameters(task, seed, range);
          await host.writeStore(store, name, values, { transfer: true, range });
        }
      }
      const source = (prefix: string): ModelSource => storeSource(host, store, prefix, task.frozen);
      const observer = new Observer(task, folder, log, source);
      const look = async (step: number): Promise<void> => {
        if (!observer.isDue(step)) return;
        const figures = await observer.look(step);
        if (figures) options.onValidation?.(figures);
        await observer.draw();
      };
      const checkpoint = async (step: number): Promise<void> => {
        await log.sync();
        const state = {
          step,
          lossScale: scale?.state,
          read: (name: StateArray, range: Range) => host.readStore(store, name, range),
        };
        await saveCheckpoint(folder, run, state, arrays, layout.pieces);
        safe = step;
        if (observer.isDue(step)) await look(step);
        else await observer.draw();
      };
      await look(first); // what a kill right after the checkpoint left out
      await new Loop(task, layout, { ...options, store, log, scale, checkpoint, lost }).run(first);
      await task.save(
        layout.weights((range) => host.readStore(store, 'ema', range)),
        source,
      );
    } finally {
      await log.close();
      await host.dropStore(store).catch(() => {}); // a worker that failed has none, and its error is the one to see
    }
  } catch (error) {
    throw explained(error, task.name, folder, safe);
  } finally {
    await claimed?.release();
  }
}

type Batch = Awaited<ReturnType<TrainingTask['batch']>>;
type Outputs = Awaited<ReturnType<Session['run']>>;

interface LoopOptions extends TrainOptions {
  readonly store: Awaited<ReturnType<WorkerHost['createStore']>>;
  readonly log: MetricsLog;
  /** Of the gradients, in half precision. */
  readonly scale: LossScale | undefined;
  checkpoint(step: number): Promise<void>;
  /** Fires when the folder is another process's: then nothing may be written there any more. */
  readonly lost: AbortSignal;
}

/** The phase that a run is in. */
interface Active {
  readonly phase: TrainingPhase;
  readonly session: Session;
  /** What the settings' own optimizer leaves as it is. */
  readonly frozen: readonly Range[];
  readonly groups: readonly (ParameterGroup & { readonly frozen: readonly Range[] })[];
}

/** The steps of a run. */
class Loop {
  private readonly task: TrainingTask;
  private readonly layout: FlatLayout;
  private readonly options: LoopOptions;
  private readonly noDecay: Range[];
  private readonly accumulate: number;
  private active: Active | undefined;

  constructor(task: TrainingTask, layout: FlatLayout, options: LoopOptions) {
    this.task = task;
    this.layout = layout;
    this.options = options;
    this.accumulate = task.settings.accumulate ?? 1;
    this.noDecay = layout.ranges((p) => p.shape.length < 2); // norms and biases
  }

  /** From `first` steps done to the last. */
  async run(first: number): Promise<void> {
    const { task, accumulate } = this;
    const { onProgress, signal, log, checkpoint, lost } = this.options;
    const { steps, checkpointEvery, sampleEvery } = task.settings;
    const clock = new Clock(first);
    const draw = (index: number): Promise<Batch> | undefined => {
      if (index >= steps * accumulate) return undefined;
      const batch = task.batch(index);
      batch.catch(() => {}); // awaited, and reported, in its turn
      return batch;
    };
    let index = first * accumulate;
    let next = draw(index);
    const take = async (): Promise<Batch> => {
      const batch = (await next) as Batch;
      next = draw(++index); // made while the worker computes this one
      return batch;
    };
    try {
      for (let step = first; step < steps; step++) {
        const session = await this.enter(step);
        const record = await this.step(session, take, step);
        lost.throwIfAborted();
        await log.append(record);
        const done = step + 1;
        onProgress?.({
          stage: task.name,
          step: done,
          steps,
          record,
          ...clock.tick(done, steps, (this.active?.phase.batchSize ?? task.batchSize) * accumulate),
        });
        const isDue = done % checkpointEvery === 0 || done % sampleEvery === 0 || done === steps;
        if (isDue || signal?.aborted) await checkpoint(done);
        if (signal?.aborted && done < steps) {
          throw new TrainingError(
            `${task.name}: stopped at step ${done}; the same command goes on from there`,
          );
        }
      }
    } finally {
      await this.active?.session.release().catch(() => {});
    }
  }

  /** The session of a step's phase. Every phase begins with a fresh optimizer, as a run of its own would. */
  private async enter(step: number): Promise<Session> {
    const phase = phaseAt(this.task, step);
    if (this.active?.phase === phase) return this.active.session;
    await this.active?.session.release();
    this.active = undefined;
    const { host, store } = this.options;
    if (step > 0 && step === phase.from) {
      for (const name of ['m', 'v'] as const)
        for (const range of this.layout.pieces)
          await host.writeStore(store, name, new Float32Array(range[1]), { transfer: true, range });
      this.options.scale?.enterPhase();
    }
    const { program, gradients } = trainingProgram(this.task, phase, host.target);
    const session = await host.load(program, {
      ...memoryTuning(this.task.settings),
      ...this.task.frozen?.tuning,
      store,
      gradients,
    });
    this.active = { phase, session, ...this.updates(phase) };
    return session;
  }

  /** What each optimizer leaves as it is. */
  private updates(phase: TrainingPhase): Pick<Active, 'frozen' | 'groups'> {
    const { groups = [] } = this.task;
    const without = (learns: (name: string) => boolean): Range[] =>
      this.layout.ranges(({ name }) => !(phase.trains(name) && learns(name)));
    return {
      frozen: without((name) => !groups.some((g) => g.owns(name))),
      groups: groups.map((g) => ({ ...g, frozen: without((name) => g.owns(name)) })),
    };
  }

  private async step(session: Session, take: () => Promise<Batch>, step: number): Promise<MetricsRecord> {
    const { task, noDecay, accumulate } = this;
    const { host, store, scale } = this.options;
    const { settings } = task;
    const { frozen, groups, phase } = this.active as Active;
    const outputs: Outputs[] = [];
    const { value: lossScale, skipped } = scale?.state ?? { value: 1, skipped: 0 };
    for (let i = 0; i < accumulate; i++) {
      const batch = await take();
      const { shape } = (phase.loss ?? task.loss) as Tensor;
      const scaled = scale ? { ...batch, [lossScaleInput]: f32([lossScale], shape) } : batch;
      outputs.push(await session.run(scaled, { transfer: true, accumulate: i > 0 }));
    }
    const average = (name: string): number =>
      outputs.reduce((sum, o) => sum + scalarOf(o[name]), 0) / outputs.length;
    const loss = average('loss');
    if (!Number.isFinite(loss))
      throw new DivergedError(`${task.name}: the loss is ${loss} at step ${step + 1}`);
    const lr = learningRate(settings.learningRate, step, settings.steps);
    const shared = {
      ...{ beta1: settings.beta1, beta2: settings.beta2, eps: settings.epsilon },
      ...{ weightDecay: settings.weightDecay, step: step + 1 - phase.from - skipped },
      ...{ emaDecay: warmEma(settings.emaDecay, step), noDecay },
      ...{ gradientScale: 1 / accumulate / lossScale },
      ...(settings.clipNorm > 0 ? { clipNorm: settings.clipNorm } : {}),
    };
    const { gradNorm, applied } = await host.adamw(store, { ...shared, lr, frozen });
    const goesOn = scale ? scale.update(!applied) : applied;
    if (!goesOn) throw diverged(task.name, gradNorm, step, loss);
    const norms: Record<string, number> = {};
    for (const { name, learningRate: schedule, frozen: others } of groups) {
      const rate = learningRate(schedule, step, settings.steps);
      const result = await host.adamw(store, { ...shared, lr: rate, frozen: others });
      if (!result.applied) throw diverged(`${task.name}, ${name}`, result.gradNorm, step, loss);
      norms[`${name}GradNorm`] = result.gradNorm;
    }
    const more = Object.fromEntries(
      Object.keys((phase.loss ? phase.metrics : task.metrics) ?? {}).map((k) => [k, average(k)]),
    );
    const norm = { ...(applied ? { gradNorm } : {}), ...norms, ...(scale ? { lossScale } : {}) };
    return { step: step + 1, loss, ...more, ...norm, learningRate: lr };
  }
}

/** The average starts close to the weights and lengthens its memory as training goes on (as in Karras et al., 2024, eq. 1). */
const warmEma = (decay: number, step: number): number => Math.min(decay, (1 + step) / (10 + step));

/**
 * ONNX Runtime's plan of memory for later runs is one more block as large as all of the first run: without it steps take
 * as long and 30 to 40 % less. Its arena gives nothing back, which matters where little is kept.
 */
const memoryTuning = ({ activationCheckpointing }: TrainingTask['settings']): SessionTuning => ({
  memoryPattern: false,
  ...(activationCheckpointing ? { arena: false } : {}),
});

function storeOptions({ optimizer, emaDecay, accumulate = 1 }: TrainingTask['settings']): StoreOptions {
  return { ...(optimizer ? { optimizer } : {}), ema: emaDecay > 0, accumulates: accumulate > 1 };
}

function identity(task: TrainingTask): Pick<RunIdentity, 'fingerprint' | 'settings'> {
  const { checkpointEvery: _c, sampleEvery: _e, samples: _s, ...rest } = task.settings;
  const rates = task.groups?.map(({ name, learningRate }) => [`the rate of ${name}`, learningRate]) ?? [];
  const settings = {
    ...rest,
    ...(task.frozen ? { 'the frozen model': task.frozen.identity } : {}),
    ...(task.films ? { 'the films': task.films } : {}),
    ...Object.fromEntries(rates),
  };
  const shapes = task.parameters.map((p) => [p.name, p.shape]);
  const hash = createHash('sha256').update(JSON.stringify([settings, shapes]));
  return { fingerprint: hash.digest('hex').slice(0, 16), settings };
}

function countInitial({ parameters, initial }: TrainingTask): string {
  return `${parameters.filter((p) => initial?.names.has(p.name)).length} of ${parameters.length}`;
}

/** A loss or gradients that are no numbers. */
class DivergedError extends TrainingError {
  static override readonly code: ErrorCode = 'TRAINING_DIVERGED';
}

function diverged(who: string, gradNorm: number, step: number, loss: number): DivergedError {
  return new DivergedError(`${who}: the gradients' norm is ${gradNorm} at step ${step + 1} (loss ${loss})`);
}

/** Says what is safe, and what to do, where a run ends in the middle. */
function explained(error: unknown, stage: string, folder: string, safe: number): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  if (!isFull && !(error instanceof DivergedError)) return error;
  const what = isFull ? `${stage}: the disk of ${folder} is full (${message})` : message;
  const held =
    safe > 0 ? `${join(folder, 'checkpoint.safetensors')} holds step ${safe}` : 'there is no checkpoint yet';
  const help = isFull
    ? 'Free some space, and the same command goes on'
    : 'Lower learningRate.peak or clipNorm in the settings of the stage';
  return new TrainingError(`${what}; ${held}. ${help}`, { cause: error });
}

function scalarOf(t: { data: ArrayLike<number | bigint> } | undefined): number {
  return Number(t?.data[0]);
}
