/** Where one parameter lies in a flat store: `offset` counts values, not bytes. */
export interface ParameterSlot {
  /** Path of the parameter. */
  readonly name: string;
  /** Sizes of its axes. */
  readonly shape: readonly number[];
  /** Index of its first value in the flat arrays. */
  readonly offset: number;
}

/** `[offset, length]` in values. */
export type Range = readonly [offset: number, length: number];

/** Values of a parameter. */
export const sizeOfSlot = ({ shape }: ParameterSlot): number => shape.reduce((a, b) => a * b, 1);

/**
 * Lays parameters out one after the other, in the order given, each at a multiple of 16 values, so that no vector
 * load crosses a cache line. The gaps stay zero.
 */
export function layoutParameters(
  parameters: Iterable<{ readonly name: string; readonly shape: readonly number[] }>,
): {
  layout: ParameterSlot[];
  length: number;
} {
  let length = 0;
  const layout: ParameterSlot[] = [];
  for (const { name, shape } of parameters) {
    layout.push({ name, shape, offset: length });
    length += Math.ceil(shape.reduce((a, b) => a * b, 1) / 16) * 16;
  }
  return { layout, length };
}

/** A part of a layout. */
export interface LayoutPart {
  readonly offset: number;
  readonly length: number;
  /** Offsets count from the part's first value. */
  readonly layout: readonly ParameterSlot[];
}

/** Cuts a layout before parameters, into parts of at most `most` values where the parameters are no larger. */
export function cutLayout(layout: readonly ParameterSlot[], length: number, most: number): LayoutPart[] {
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

/** The parts of `from` that lie in none of `ranges`, in order. */
export function subtract(from: readonly Range[], ranges: readonly Range[]): Range[] {
  const holes = [...ranges].sort(([a], [b]) => a - b);
  const rest: Range[] = [];
  for (const [offset, length] of from) {
    let at = offset;
    for (const [start, size] of holes) {
      if (start + size <= at) continue;
      if (start >= offset + length) break;
      if (start > at) rest.push([at, start - at]);
      at = start + size;
    }
    if (at < offset + length) rest.push([at, offset + length - at]);
  }
  return rest;
}

/** Those parts of the ranges that lie in `length` values from `offset` on, counted from there. */
export function within(ranges: readonly Range[], offset: number, length: number): Range[] {
  return ranges.flatMap(([start, count]): Range[] => {
    const from = Math.max(start - offset, 0);
    const to = Math.min(start + count - offset, length);
    return from < to ? [[from, to - from]] : [];
  });
}
