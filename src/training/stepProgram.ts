import { vjp } from '../autodiff/index.ts';
import { compile, constant, f32, input, type OnnxProgram, type Target, type Tensor } from '../graph/index.ts';
import { TrainingError, type TrainingPhase, type TrainingTask } from './task.ts';

/** What gradients are multiplied with where the precision is float16: an input of the loss's shape. */
export const lossScaleInput = 'loss_scale';

/**
 * The graph of one step: the loss, the metrics, and a gradient for every parameter that the phase trains. In half
 * precision gradients are those of `loss_scale` times the loss.
 */
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
  const { precision } = task.settings;
  const { shape } = loss as Tensor;
  const scale = precision === 'float16' ? input(lossScaleInput, shape) : constant(f32([1], shape));
  const results = vjp(
    [loss as Tensor],
    [scale],
    trained.map((p) => p.tensor),
  );
  const outputs: Record<string, Tensor> = { loss: loss as Tensor, ...metrics };
  const gradients: Record<string, string> = {};
  trained.forEach((p, i) => {
    outputs[`gradient:${p.name}`] = results[i] as Tensor;
    gradients[`gradient:${p.name}`] = p.name;
  });
  const { weights } = task.frozen ?? {};
  const options = {
    ...target,
    ...(weights ? { weights } : {}),
    ...(precision ? { precision } : {}),
  };
  return { program: compile(outputs, options), gradients };
}

const everything: TrainingPhase = { from: 0, trains: () => true };

/** The phase of a step. */
export function phaseAt({ phases }: Pick<TrainingTask, 'phases'>, step: number): TrainingPhase {
  return phases?.findLast((p) => p.from <= step) ?? everything;
}
