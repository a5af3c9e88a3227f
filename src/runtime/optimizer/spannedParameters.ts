import { cutLayout, type ParameterSlot, type Range, within } from './parameterLayout.ts';
import { type AdamWOptions, type AdamWResult, clipping, FlatParameters } from './parameterStore.ts';
import { maxStoreValues, type StoreArray, type StoreOptions } from './storeMemory.ts';

/** One memory of a store: the parameters from `offset` on. */
interface Span {
  readonly offset: number;
  readonly memory: FlatParameters;
}

/** A parameter within the memory that holds it. */
interface Place {
  readonly memory: FlatParameters;
  readonly slot: ParameterSlot;
}

/**
 * A store of any size: as many memories as its arrays need, of at most 4 GiB each, because WebAssembly addresses no more.
 * No parameter lies in two. A store that fits into one memory is one, and computes the same bytes.
 */
export class SpannedParameters {
  readonly length: number;
  readonly slots: ReadonlyMap<string, ParameterSlot>;
  private readonly spans: readonly Span[];
  private readonly places = new Map<string, Place>();

  /** @param most values in one memory; by default what one holds */
  constructor(
    layout: readonly ParameterSlot[],
    length: number,
    options: StoreOptions = {},
    most: number = maxStoreValues(options),
  ) {
    this.length = length;
    this.slots = new Map(layout.map((slot) => [slot.name, slot]));
    this.spans = cutLayout(layout, length, most).map(({ offset, length, layout }) => {
      const memory = new FlatParameters(layout, length, options);
      for (const slot of layout) this.places.set(slot.name, { memory, slot });
      return { offset, memory };
    });
  }

  /** Copies a range of an array out of the store; it cuts no parameter. */
  read(name: StoreArray, [from, length]: Range = [0, this.length]): Float32Array {
    const values = new Float32Array(length);
    for (const { offset, memory } of this.spans) {
      for (const [start, count] of within([[from, length]], offset, memory.length))
        values.set(memory.read(name, [start, count]), offset + start - from);
    }
    return values;
  }

  /** Fills an array of the store from `from` on; the values end where a parameter does. */
  write(name: StoreArray, values: Float32Array, from = 0): void {
    for (const { offset, memory } of this.spans) {
      for (const [start, count] of within([[from, values.length]], offset, memory.length)) {
        const at = offset + start - from;
        memory.write(name, values.subarray(at, at + count), start);
      }
    }
  }

  /** The part of one parameter: a view of the same shape's size. */
  view(name: Parameters<FlatParameters['view']>[0], { name: parameter }: ParameterSlot): Float32Array {
    const { memory, slot } = this.places.get(parameter) as Place;
    return memory.view(name, slot);
  }

  /** Whether the store has room for a second batch's gradients. */
  get accumulates(): boolean {
    return this.spans.every(({ memory }) => memory.accumulates);
  }

  /** gradients += scratch */
  accumulate(): void {
    for (const { memory } of this.spans) memory.accumulate();
  }

  /** `FlatParameters.adamw` over all memories: the gradients' norm is that of all of them. */
  adamw(options: AdamWOptions): AdamWResult {
    const parts = this.spans.map(({ offset, memory }) => {
      const own = (ranges: readonly Range[] = []) => within(ranges, offset, memory.length);
      return {
        memory,
        options: { ...options, noDecay: own(options.noDecay), frozen: own(options.frozen) },
      };
    });
    const squares = parts.reduce((sum, { memory, options }) => sum + memory.sumSquares(options), 0);
    const { gradNorm, clip } = clipping(squares, options);
    if (!Number.isFinite(gradNorm)) return { gradNorm, applied: false };
    for (const { memory, options } of parts) memory.update(options, clip);
    return { gradNorm, applied: true };
  }
}
