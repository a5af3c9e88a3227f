import type { PartEvent } from '../benchmark/index.ts';
import { type Comparison, compare, type Sample } from '../metrics/index.ts';
import type { AblationContext } from './context.ts';
import type { ExperimentName } from './names.ts';

/** A column of an experiment's table. */
export interface Metric {
  readonly key: string;
  /** With what it is measured in, such as `LT (0 .. 1)`. */
  readonly name: string;
  readonly better: 'higher' | 'lower';
}

/** A variant's line: our figures, one a seed, and the paper's on its data. */
export interface VariantRow {
  readonly variant: string;
  readonly ours: Readonly<Record<string, Sample>>;
  readonly paper?: Readonly<Record<string, number>>;
}

/** A direction that the paper claims. */
export interface Direction extends Comparison {
  readonly metric: string;
  readonly ahead: string;
  readonly behind: string;
  /** The same difference in the paper, where it has figures. */
  readonly paper?: number;
}

/** What an experiment came to. */
export interface ExperimentResult {
  readonly name: ExperimentName;
  readonly title: string;
  /** What the variants were trained for, in words. */
  readonly budget: string;
  readonly metrics: readonly Metric[];
  readonly rows: readonly VariantRow[];
  readonly directions: readonly Direction[];
  /** What was left out, and further notices. */
  readonly notes: readonly string[];
}

/** `say`: what is being prepared. */
export type ExperimentEvent = PartEvent | { readonly type: 'say'; readonly message: string };

export type Experiment = (
  context: AblationContext,
) => AsyncGenerator<ExperimentEvent, ExperimentResult, void>;

/** Judges that one variant is ahead of another in each of some metrics; metrics that were not measured are left out. */
export function directions(
  metrics: readonly Metric[],
  rows: readonly VariantRow[],
  ahead: string,
  behind: string,
  keys: readonly string[] = metrics.map((m) => m.key),
): Direction[] {
  const find = (variant: string): VariantRow => {
    const row = rows.find((r) => r.variant === variant);
    if (row) return row;
    throw new RangeError(
      `directions: there is no variant '${variant}', only ${rows.map((r) => r.variant).join(', ')}`,
    );
  };
  const [a, b] = [find(ahead), find(behind)];
  return metrics.flatMap(({ key, better }) => {
    const [ours, others] = [a.ours[key] ?? [], b.ours[key] ?? []];
    if (!keys.includes(key) || ours.length === 0 || others.length === 0) return [];
    const [p, q] = [a.paper?.[key], b.paper?.[key]];
    const paper =
      p === undefined || q === undefined ? {} : { paper: (p - q) * (better === 'higher' ? 1 : -1) };
    return [{ metric: key, ahead, behind, ...compare(ours, others, better), ...paper }];
  });
}

/** Figures that no seed changes, as samples of one. */
export function onceOf(figures: Readonly<Record<string, number | undefined>>): Record<string, Sample> {
  return Object.fromEntries(
    Object.entries(figures).flatMap(([key, value]) => (value === undefined ? [] : [[key, [value]]])),
  );
}

/** Figures of one run added to those of the runs before. */
export function collect(
  into: Map<string, Record<string, number[]>>,
  variant: string,
  figures: Readonly<Record<string, number | undefined>>,
): void {
  const own = into.get(variant) ?? {};
  into.set(variant, own);
  for (const [key, value] of Object.entries(figures)) {
    own[key] ??= [];
    if (value !== undefined) own[key].push(value);
  }
}
