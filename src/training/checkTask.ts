import type { WorkerHost } from '../runtime/index.ts';
import { TrainingError, type TrainingTask } from './task.ts';

/** Throws `TrainingError` where a task's settings need what its training cannot do. */
export function checkTask(task: TrainingTask, host: WorkerHost): void {
  checkAccumulation(task);
  checkGroups(task);
  checkPrecision(task, host);
}

function checkAccumulation({ name, wholeBatch, settings }: TrainingTask): void {
  if (!wholeBatch || (settings.accumulate ?? 1) === 1) return;
  throw new TrainingError(
    `${name}: accumulate must be 1, got ${settings.accumulate}: its loss compares the samples of a batch with each ` +
      'other. Raise batchSize instead',
  );
}

function checkGroups({ name, groups = [], parameters, settings }: TrainingTask): void {
  for (const { name: parameter } of parameters) {
    const owners = groups.filter((g) => g.owns(parameter)).map((g) => g.name);
    if (owners.length > 1)
      throw new TrainingError(`${name}: '${parameter}' is in the groups ${owners.join(' and ')}`);
  }
  if (groups.length === 0 || settings.precision !== 'float16') return;
  // a step that overflows in one group only would leave the others a step ahead
  throw new TrainingError(
    `${name}: precision float16 is not supported where parameters have optimizers of their own (${groups.map((g) => g.name).join(', ')}); ` +
      `leave it out of training/${name}.json`,
  );
}

/** Half precision is for devices. */
function checkPrecision({ name, settings }: TrainingTask, { device }: WorkerHost): void {
  if (settings.precision !== 'float16' || device !== 'cpu') return;
  throw new TrainingError(
    `${name}: precision float16 needs --device webgpu or cuda: a CPU has no arithmetic for it and would only widen and ` +
      `round each value; leave "precision" out of training/${name}.json`,
  );
}
