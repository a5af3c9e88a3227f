import type { Parameters, Tensor } from '../../graph/index.ts';
import type { TrainingPhase } from '../task.ts';

/** What a stage computes, without its data: what both its training and the plan of its memory are made of. */
export interface StageGraph {
  readonly parameters: Parameters;
  readonly loss: Tensor;
  /** Scalars for the log. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  readonly phases?: readonly TrainingPhase[];
}
