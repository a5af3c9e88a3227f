import { sizeOf } from '../graph/index.ts';
import { layoutParameters, type ParameterSlot, type Range } from '../runtime/index.ts';
import { initialValues } from './initialise.ts';
import { TrainingError, type TrainingTask, type Weights } from './task.ts';

/** Where each parameter lies in the flat arrays of a run. */
export class FlatLayout {
  readonly slots: readonly ParameterSlot[];
  readonly length: number;

  constructor(task: TrainingTask) {
    const { layout, length } = layoutParameters(task.parameters);
    this.slots = layout;
    this.length = length;
  }

  /** The ranges of some parameters. */
  ranges(wanted: (slot: ParameterSlot) => boolean): Range[] {
    return this.slots.filter(wanted).map((s) => [s.offset, sizeOf(s.shape)] as const);
  }

  /** Views of a flat array by the parameters' names. */
  views(flat: Float32Array): Weights {
    return new Map(
      this.slots.map((s) => [s.name, flat.subarray(s.offset, s.offset + sizeOf(s.shape))] as const),
    );
  }

  /** The parameters before the first step, [length]. Throws TrainingError where initial values do not fit. */
  firstParameters(task: TrainingTask, seed: number): Float32Array {
    const parameters = new Float32Array(this.length);
    task.parameters.forEach((p, i) => {
      const values = task.initial?.get(p.name) ?? initialValues(p, seed);
      if (values.length !== sizeOf(p.shape)) {
        throw new TrainingError(
          `${task.name}: '${p.name}' is [${p.shape}], but the weights to start from have ${values.length} values for it; ` +
            `the stage that made them has another config: train it again`,
        );
      }
      parameters.set(values, (this.slots[i] as ParameterSlot).offset);
    });
    return parameters;
  }
}
