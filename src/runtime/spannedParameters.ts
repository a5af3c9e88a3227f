import {
  type AdamWOptions,
  type AdamWResult,
  clipping,
  FlatParameters,
  maxStoreValues,
  type ParameterSlot,
  type Range,
  type StoreArray,
  type StoreOptions,
} from './parameterStore.ts';

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
    this.spans = cut(layout, length, most).map(({ offset, length, layout }) => {
      const memory = new FlatParameters(layout, length, options);
      for (const slot of layout) this.places.set(slot.name, { memory, slot });
      return { offset, memory };
    });
  }

  /** Copies an array out of the store, [length]. */
  read(name: StoreArray): Float32Array {
    const [{ memory }, ...more] = this.spans as [Span, ...Span[]];
    if (more.length === 0) return memory.read(name);
    const all = new Float32Array(this.length);
    for (const { offset, memory } of this.spans) all.set(memory.read(name), offset);
    return all;
  }

  /** Fills an array of the store. */
  write(name: StoreArray, values: Float32Array): void {
    for (const { offset, memory } of this.spans)
      memory.write(name, values.subarray(offset, offset + memory.length));
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
    const own = this.spans.map(({ offset, memory }) => {
      const within = (ranges: readonly Range[] = []) => shifted(ranges, offset, memory.length);
      return {
        memory,
        options: { ...options, noDecay: within(options.noDecay), frozen: within(options.frozen) },
      };
    });
    const squares = own.reduce((sum, { memory, options }) => sum + memory.sumSquares(options), 0);
    const { gradNorm, clip } = clipping(squares, options);
    if (!Number.isFinite(gradNorm)) return { gradNorm, applied: false };
    for (const { memory, options } of own) memory.update(options, clip);
    return { gradNorm, applied: true };
  }
}

/** Those parts of the ranges that lie in `length` values from `offset` on, counted from there. */
function shifted(ranges: readonly Range[], offset: number, length: number): Range[] {
  return ranges.flatMap(([start, count]): Range[] => {
    const from = Math.max(start - offset, 0);
    const to = Math.min(start + count - offset, length);
    return from < to ? [[from, to - from]] : [];
  });
}

interface Part {
  readonly offset: number;
  readonly length: number;
  /** Offsets count from the part's first value. */
  readonly layout: readonly ParameterSlot[];
}

/** Cuts a layout before parameters, into parts of at most `most` values. */
function cut(layout: readonly ParameterSlot[], length: number, most: number): Part[] {
  if (length <= most) return [{ offset: 0, length, layout }];
  const slots = [...layout].sort((a, b) => a.offset - b.offset);
  const groups: ParameterSlot[][] = [];
  slots.forEach((slot, i) => {
    const end = slots[i + 1]?.offset ?? length;
    const group = groups.at(-1);
    const first = group?.[0]?.offset ?? 0;
    if (group && end - first <= most) group.push(slot);
    else groups.push([slot]);
  });
  return groups.map((group, i) => {
    const offset = i === 0 ? 0 : (group[0] as ParameterSlot).offset;
    const end = groups[i + 1]?.[0]?.offset ?? length;
    return {
      offset,
      length: end - offset,
      layout: group.map((slot) => ({ ...slot, offset: slot.offset - offset })),
    };
  });
}
