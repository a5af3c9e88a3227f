import { sizeOf } from '../graph/index.ts';
import { initialValues } from '../nn/index.ts';
import { cutLayout, layoutParameters, type ParameterSlot, type Range } from '../runtime/index.ts';
import { TrainingError, type TrainingTask } from './task.ts';
import type { Weights } from './weights.ts';

/** Values that are on their way at once into or out of a checkpoint: 16 MB, but for larger parameters. */
const pieceValues = 2 ** 22;

/** Where each parameter lies in the flat arrays of a run. */
export class FlatLayout {
  readonly slots: readonly ParameterSlot[];
  readonly length: number;
  /** The whole in parts that cut no parameter. */
  readonly pieces: readonly Range[];

  constructor(task: TrainingTask) {
    const { layout, length } = layoutParameters(task.parameters);
    this.slots = layout;
    this.length = length;
    this.pieces = cutLayout(layout, length, pieceValues).map(
      ({ offset, length }) => [offset, length] as const,
    );
  }

  /** The ranges of some parameters. */
  ranges(wanted: (slot: ParameterSlot) => boolean): Range[] {
    return this.slots.filter(wanted).map((s) => [s.offset, sizeOf(s.shape)] as const);
  }

  /** The parameters by their names, of a flat array that is read in ranges. */
  weights(read: (range: Range) => Promise<Float32Array>): Weights {
    const slots = new Map(this.slots.map((slot) => [slot.name, slot]));
    return {
      names: new Set(slots.keys()),
      read: (name) => {
        const { offset, shape } = slots.get(name) as ParameterSlot;
        return read([offset, sizeOf(shape)]);
      },
    };
  }

  /** A piece of the parameters before the first step. Throws TrainingError where initial values do not fit. */
  async firstParameters(task: TrainingTask, seed: number, [from, length]: Range): Promise<Float32Array> {
    const piece = new Float32Array(length);
    for (const [i, parameter] of task.parameters.entries()) {
      const { name, shape, offset } = this.slots[i] as ParameterSlot;
      if (offset < from || offset >= from + length) continue;
      const given = task.initial?.names.has(name) ? await task.initial.read(name) : undefined;
      const values = given ?? initialValues(parameter, seed);
      if (values.length !== sizeOf(shape)) {
        throw new TrainingError(
          `${task.name}: '${name}' is [${shape}], but the weights to start from have ${values.length} values for it; ` +
            `the stage that made them has another config: train it again`,
        );
      }
      piece.set(values, offset - from);
    }
    return piece;
  }
}
