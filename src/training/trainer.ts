import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { grad } from '../autodiff/index.ts';
import { type ModelSource, storeSource } from '../dreamer/modelSource.ts';
import { compile, type OnnxProgram, type ParameterInfo, type Tensor } from '../graph/index.ts';
import { lineChart, writePng } from '../media/index.ts';
import {
  layoutParameters,
  type ParameterSlot,
  type Range,
  type Session,
  type WorkerHost,
} from '../runtime/index.ts';
import { loadCheckpoint, type RunIdentity, saveCheckpoint, type TrainingState } from './checkpoint.ts';
import { initialValues } from './initialise.ts';
import { learningRate } from './learningRate.ts';
import { MetricsLog, type MetricsRecord } from './metricsLog.ts';
import type { TrainingPhase, TrainingTask, Weights } from './task.ts';

/** A training run that cannot go on; what the last checkpoint holds is safe. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

export interface TrainingProgress {
  readonly stage: string;
  /** Steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly record: MetricsRecord;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
}

export interface TrainOptions {
  readonly host: WorkerHost;
  readonly seed: number;
  /** The run's folder: checkpoint.safetensors, metrics.jsonl, loss.png, samples/. */
  readonly folder: string;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Held-out figures, where the task has some. */
  readonly onValidation?: (figures: Readonly<Record<string, number>>) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a task to its last step, from the folder's checkpoint where there is one, and saves the averaged weights.
 * A run that was killed and started again writes the same `metrics.jsonl` as one that was not.
 */
export async function train(task: TrainingTask, options: TrainOptions): Promise<void> {
  const { host, seed, folder, onProgress, signal } = options;
  const { settings } = task;
  await mkdir(join(folder, 'samples'), { recursive: true });
  const layout = layoutParameters(task.parameters);
  const run: RunIdentity = { stage: task.name, seed, fingerprint: fingerprint(task) };
  const state = (await loadCheckpoint(folder, run)) ?? freshState(task, layout, seed);
  const log = await MetricsLog.open(folder, state.step);

  const store = await host.createStore(layout.layout, layout.length);
  const arrays = ['parameters', 'm', 'v', 'ema'] as const;
  for (const name of arrays) await host.writeStore(store, name, state[name]);
  const source = (prefix: string): ModelSource => storeSource(host, store, prefix);
  const noDecay = rangesOf(layout, (p) => p.shape.length < 2);
  const {
    learningRate: schedule,
    beta1,
    beta2,
    epsilon: eps,
    weightDecay,
    clipNorm,
    emaDecay,
    steps,
  } = settings;

  const checkpoint = async (step: number): Promise<void> => {
    const read = Object.fromEntries(
      await Promise.all(arrays.map(async (a) => [a, await host.readStore(store, a)])),
    );
    const saved = { step, ...read } as TrainingState;
    await saveCheckpoint(folder, run, saved);
    const points = log.records.map((r) => [r.step, r.loss] as const);
    const chart = { title: task.name, xLabel: 'step', smoothing: 0.02 };
    await lineChart([{ name: 'loss', points }], join(folder, 'loss.png'), chart);
    if (step % settings.sampleEvery !== 0 && step !== settings.steps) return;
    if (task.sample) {
      await writePng(
        join(folder, 'samples', `${String(step).padStart(7, '0')}.png`),
        await task.sample(source),
      );
    }
    if (task.validate) {
      const figures = { step, ...(await task.validate(source)) };
      await writeFile(join(folder, 'validation.jsonl'), `${JSON.stringify(figures)}\n`, { flag: 'a' });
      options.onValidation?.(figures);
    }
  };

  let active: { phase: TrainingPhase; session: Session; frozen: Range[] } | undefined;
  let pending = task.batch(state.step);
  const clock = new Clock();
  for (let step = state.step; step < steps; step++) {
    const phase = phaseAt(task, step);
    if (active?.phase !== phase) {
      await active?.session.release();
      const { program, gradients } = trainingProgram(task, phase);
      const session = await host.load(program, { store, gradients });
      active = { phase, session, frozen: rangesOf(layout, (p) => !phase.trains(p.name)) };
    }
    const batch = await pending;
    // the next batch is made while the worker computes this one
    if (step + 1 < steps) pending = task.batch(step + 1);
    pending.catch(() => {}); // awaited, and reported, in the next round
    const outputs = await active.session.run(batch, { transfer: true });
    const loss = scalarOf(outputs.loss);
    const rate = learningRate(schedule, step, steps);
    const { gradNorm, applied } = await host.adamw(store, {
      ...{
        lr: rate,
        beta1,
        beta2,
        eps,
        weightDecay,
        step: step + 1,
        emaDecay: warmEma(emaDecay, step),
        noDecay,
      },
      ...(clipNorm > 0 ? { clipNorm } : {}),
      frozen: active.frozen,
    });
    if (!applied || !Number.isFinite(loss)) {
      throw new TrainingError(
        `${task.name}: the loss is ${loss} and the gradient norm ${gradNorm} at step ${step + 1}; nothing was changed by this ` +
          `step, and ${join(folder, 'checkpoint.safetensors')} holds the last good state. Lower learningRate.peak or clipNorm.`,
      );
    }
    const more = Object.fromEntries(Object.keys(task.metrics ?? {}).map((k) => [k, scalarOf(outputs[k])]));
    const record = { step: step + 1, loss, ...more, gradNorm, learningRate: rate };
    await log.append(record);
    const done = step + 1;
    onProgress?.({ stage: task.name, step: done, steps, record, ...clock.tick(done, steps, task.batchSize) });
    if (done % settings.checkpointEvery === 0 || done === steps || signal?.aborted) await checkpoint(done);
    if (signal?.aborted)
      throw new TrainingError(`${task.name}: stopped at step ${done}; the same command goes on from there`);
  }
  await task.save(weightsOf(layout, await host.readStore(store, 'ema')), source);
  await active?.session.release();
  await host.dropStore(store);
}

/** The graph of one step: the loss, the metrics, and a gradient for every parameter that the phase trains. */
export function trainingProgram(
  task: TrainingTask,
  phase: TrainingPhase,
): { program: OnnxProgram; gradients: Record<string, string> } {
  const trained = task.parameters.filter((p) => phase.trains(p.name));
  const results = grad(
    task.loss,
    trained.map((p) => p.tensor),
  );
  const outputs: Record<string, Tensor> = { loss: task.loss, ...task.metrics };
  const gradients: Record<string, string> = {};
  trained.forEach((p, i) => {
    outputs[`gradient:${p.name}`] = results[i] as Tensor;
    gradients[`gradient:${p.name}`] = p.name;
  });
  return { program: compile(outputs), gradients };
}

interface Layout {
  readonly layout: readonly ParameterSlot[];
  readonly length: number;
}

function rangesOf({ layout }: Layout, wanted: (slot: ParameterSlot) => boolean): Range[] {
  return layout.filter(wanted).map((s) => [s.offset, s.shape.reduce((a, b) => a * b, 1)] as const);
}

function freshState(task: TrainingTask, layout: Layout, seed: number): TrainingState {
  const parameters = new Float32Array(layout.length);
  task.parameters.forEach((p, i) => {
    parameters.set(
      task.initial?.get(p.name) ?? initialValues(p, seed),
      (layout.layout[i] as ParameterSlot).offset,
    );
  });
  const empty = (): Float32Array => new Float32Array(layout.length);
  return { step: 0, parameters, m: empty(), v: empty(), ema: parameters.slice() };
}

function weightsOf({ layout }: Layout, flat: Float32Array): Weights {
  return new Map(
    layout.map(
      (s) => [s.name, flat.subarray(s.offset, s.offset + s.shape.reduce((a, b) => a * b, 1))] as const,
    ),
  );
}

const everything: TrainingPhase = { from: 0, trains: () => true };

function phaseAt(task: TrainingTask, step: number): TrainingPhase {
  return task.phases?.findLast((p) => p.from <= step) ?? everything;
}

/** The average starts close to the weights and lengthens its memory as training goes on (as in Karras et al., 2024, eq. 1). */
const warmEma = (decay: number, step: number): number => Math.min(decay, (1 + step) / (10 + step));

function fingerprint(task: TrainingTask): string {
  const { checkpointEvery: _c, sampleEvery: _s, ...matter } = task.settings;
  const shapes = task.parameters.map((p) => [p.name, p.shape]);
  return createHash('sha256')
    .update(JSON.stringify([matter, shapes]))
    .digest('hex')
    .slice(0, 16);
}

function scalarOf(t: { data: ArrayLike<number | bigint> } | undefined): number {
  return Number(t?.data[0]);
}

/** Samples a second over the last minute. */
class Clock {
  private readonly marks: { step: number; time: number }[] = [];

  tick(step: number, steps: number, batch: number): { samplesPerSecond: number; secondsLeft: number } {
    const time = performance.now() / 1000;
    this.marks.push({ step, time });
    while (this.marks.length > 2 && time - (this.marks[0] as { time: number }).time > 60) this.marks.shift();
    const first = this.marks[0] as { step: number; time: number };
    const perSecond = step === first.step ? 0 : (step - first.step) / (time - first.time);
    return {
      samplesPerSecond: perSecond * batch,
      secondsLeft: perSecond > 0 ? (steps - step) / perSecond : Number.NaN,
    };
  }
}
