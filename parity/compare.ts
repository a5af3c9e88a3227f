/** One compared tensor of a fixture. */
export interface ParityRow {
  readonly name: string;
  /** |actual - expected| / |expected| in the Euclidean norm. */
  readonly relL2: number;
  /** max |actual - expected| / max |expected|. */
  readonly maxRel: number;
  /** The largest `relL2` that passes. */
  readonly threshold: number;
  /** |expected|, where rows of one kind may be taken together. */
  readonly norm?: number;
}

export type Numbers = ArrayLike<number>;

/** How far `actual` is from `expected`. A NaN or a difference in length gives Infinity; equal zeros give 0. */
export function compare(actual: Numbers, expected: Numbers): { relL2: number; maxRel: number } {
  if (actual.length !== expected.length) return { relL2: Infinity, maxRel: Infinity };
  let [difference, norm, maxDifference, max] = [0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i]!;
    const d = Math.abs(actual[i]! - want);
    if (Number.isNaN(d)) return { relL2: Infinity, maxRel: Infinity };
    difference += d * d;
    norm += want * want;
    maxDifference = Math.max(maxDifference, d);
    max = Math.max(max, Math.abs(want));
  }
  if (difference === 0) return { relL2: 0, maxRel: 0 };
  return { relL2: Math.sqrt(difference / norm), maxRel: maxDifference / max };
}

/** A row of `compare`. */
export function parityRow(name: string, actual: Numbers, expected: Numbers, threshold: number): ParityRow {
  return { name, ...compare(actual, expected), threshold, norm: Math.hypot(...blocks(expected)) };
}

/** Norms of pieces: a call takes so many arguments only. */
function blocks(values: Numbers): number[] {
  const norms: number[] = [];
  for (let at = 0; at < values.length; at += 4096) {
    let sum = 0;
    for (let i = at; i < Math.min(at + 4096, values.length); i++) sum += (values[i] as number) ** 2;
    norms.push(Math.sqrt(sum));
  }
  return norms;
}

/** Several tensors as if they were one. */
export function together(name: string, rows: readonly ParityRow[]): ParityRow {
  const norm = Math.hypot(...rows.map((row) => row.norm ?? 0));
  const off = Math.hypot(...rows.map((row) => row.relL2 * (row.norm ?? 0)));
  return {
    name,
    relL2: norm > 0 ? off / norm : 0,
    maxRel: Math.max(...rows.map((row) => row.maxRel)),
    threshold: Math.min(...rows.map((row) => row.threshold)),
    norm,
  };
}

/** Whether a row is within its threshold. */
export function passes(row: ParityRow): boolean {
  return row.relL2 <= row.threshold;
}

/** One row for a stack of parts compared each on its own: the worst of them. */
export function worst(name: string, parts: readonly ParityRow[]): ParityRow {
  return {
    name,
    relL2: Math.max(...parts.map((p) => p.relL2)),
    maxRel: Math.max(...parts.map((p) => p.maxRel)),
    threshold: Math.min(...parts.map((p) => p.threshold)),
  };
}
