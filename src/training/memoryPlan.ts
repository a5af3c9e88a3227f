import { totalmem } from 'node:os';
import { grad } from '../autodiff/index.ts';
import { bytesPerElement, sizeOf, type Tensor, topological } from '../graph/index.ts';
import { peakActivations } from './liveness.ts';
import { phaseAt } from './stepProgram.ts';
import type { PlannedTask } from './task.ts';

/** What a training will take, in bytes. */
export interface TrainingMemory {
  /** Trained parameters, and as much again for their gradients. */
  readonly parameters: number;
  /** Gradients, with a second batch’s where steps accumulate. */
  readonly gradients: number;
  /** Adam's moments. */
  readonly moments: number;
  /** The averaged weights. */
  readonly average: number;
  /** Parameters that stay as they are, mapped from files; quantised ones once more, in ONNX Runtime's own order. */
  readonly frozen: number;
  /** Intermediate results of one batch, in the phase that needs most: an estimate. */
  readonly activations: number;
  /** All of the above with the process itself. */
  readonly total: number;
}

/**
 * Fitted on 2026-11-23 to `npx tsx bench/trainingMemory.ts`, trainings of 1.2 to 5.9 GB with and without checkpointing, with
 * ONNX Runtime 1.30 on two cores of an AMD EPYC with 24 GB: to within 16 % (one takes a third more). The table is in
 * docs/performance.md, "What training takes".
 */
const measured = {
  /** Node, its libraries, and buffers in transfer. */
  base: 0.65e9,
  /** ONNX Runtime computes in an order of its own, so more waits at once than in ours. */
  activations: 1.2,
  /** Quantised weights once more, in ONNX Runtime's own order. */
  prepacked: 2,
  /** Share of the activations that checkpointing saves, roughly: for advice only. */
  checkpointing: 0.6,
};

/** Estimates what a task's training takes, from its graph alone. */
export function trainingMemory(task: PlannedTask): TrainingMemory {
  const { optimizer, emaDecay, accumulate = 1 } = task.settings;
  const values = task.parameters.reduce((n, p) => n + sizeOf(p.shape), 0);
  const trained = new Set(task.parameters.map((p) => p.tensor));
  let waiting = 0;
  let frozen = 0;
  for (const from of task.phases?.map((phase) => phase.from) ?? [0]) {
    const phase = phaseAt(task, from);
    const loss = (phase.loss ?? task.loss) as Tensor;
    const wanted = task.parameters.filter((p) => phase.trains(p.name)).map((p) => p.tensor);
    const gradients = grad(loss, wanted);
    // the last layer's gradients are there first
    const outputs = [loss, ...gradients.toReversed()];
    waiting = Math.max(waiting, peakActivations(outputs, new Set(gradients)));
    const others = topological(outputs).tensors.filter(
      (t) => t.source.kind === 'parameter' && !trained.has(t),
    );
    frozen = Math.max(
      frozen,
      others.reduce((n, t) => n + sizeOf(t.shape) * bytesPerElement[t.dtype], 0),
    );
  }
  const parts = {
    parameters: 4 * values,
    gradients: 4 * values * (accumulate > 1 ? 2 : 1),
    moments: values * (optimizer === 'adamw8bit' ? 2 : 8),
    average: emaDecay > 0 ? 4 * values : 0,
    frozen: frozen * (task.frozen?.tuning?.prepacking ? measured.prepacked : 1),
    activations: measured.base + measured.activations * waiting,
  };
  return { ...parts, total: Object.values(parts).reduce((a, b) => a + b, 0) };
}

/** The plan in words, and where it does not fit into `available` bytes, what would save how much. */
export function describeMemory(
  task: PlannedTask,
  memory: TrainingMemory,
  available: number = totalmem(),
): string[] {
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  const { total, ...parts } = memory;
  const shown = Object.entries(parts).filter(([, bytes]) => bytes > 0);
  const lines = [
    `${task.name}: about ${gb(total)} of memory: ${shown.map(([name, bytes]) => `${name} ${gb(bytes)}`).join(', ')}`,
  ];
  if (total <= available) return lines;
  const { optimizer, activationCheckpointing, emaDecay, batchSize } = task.settings;
  const savings: [string, number][] = [
    ...(optimizer === 'adamw8bit'
      ? []
      : ([['"optimizer": "adamw8bit"', memory.moments * 0.75]] as [string, number][])),
    ...(emaDecay > 0 ? ([['"emaDecay": 0', memory.average]] as [string, number][]) : []),
    ...(activationCheckpointing
      ? []
      : ([['"activationCheckpointing": true', memory.activations * measured.checkpointing]] as [
          string,
          number,
        ][])),
    ...(batchSize > 1
      ? ([['half the batchSize and twice "accumulate"', (memory.activations - measured.base) / 2]] as [
          string,
          number,
        ][])
      : []),
    ...(memory.frozen === 0
      ? ([['"lora": {...}', memory.gradients + memory.moments + memory.average]] as [string, number][])
      : []),
  ];
  lines.push(
    `${task.name}: this machine has ${gb(available)}. In training/${task.name}.json could save: ` +
      savings.map(([what, bytes]) => `${what} about ${gb(bytes)}`).join('; '),
  );
  return lines;
}
