import { grad } from '../autodiff/index.ts';
import { compile, type OnnxProgram, type Target, type Tensor } from '../graph/index.ts';
import { TrainingError, type TrainingPhase, type TrainingTask } from './task.ts';

/** The graph of one step: the loss, the metrics, and a gradient for every parameter that the phase trains. */
export function trainingProgram(
  task: TrainingTask,
  phase: TrainingPhase,
  target: Target = {},
): { program: OnnxProgram; gradients: Record<string, string> } {
  const trained = task.parameters.filter((p) => phase.trains(p.name));
  if (trained.length === 0) {
    throw new TrainingError(
      `${task.name}: nothing is trained from step ${phase.from} on; change its phases' steps`,
    );
  }
  const { loss, metrics } = phase.loss ? phase : task;
  const results = grad(
    loss as Tensor,
    trained.map((p) => p.tensor),
  );
  const outputs: Record<string, Tensor> = { loss: loss as Tensor, ...metrics };
  const gradients: Record<string, string> = {};
  trained.forEach((p, i) => {
    outputs[`gradient:${p.name}`] = results[i] as Tensor;
    gradients[`gradient:${p.name}`] = p.name;
  });
  const { weights } = task.frozen ?? {};
  return { program: compile(outputs, { ...target, ...(weights ? { weights } : {}) }), gradients };
}

const everything: TrainingPhase = { from: 0, trains: () => true };

/** The phase of a step. */
export function phaseAt({ phases }: Pick<TrainingTask, 'phases'>, step: number): TrainingPhase {
  return phases?.findLast((p) => p.from <= step) ?? everything;
}
