/** A figure of a variant, once for each seed. */
export type Sample = readonly number[];

/** Mean and standard deviation (with n - 1) of a sample; no deviation of a single value. */
export interface Spread {
  readonly mean: number;
  readonly deviation?: number;
}

/** Undefined of nothing. */
export function spreadOf(sample: Sample): Spread | undefined {
  const n = sample.length;
  const [first] = sample;
  if (first === undefined) return undefined;
  const mean = first + sample.reduce((sum, v) => sum + (v - first), 0) / n; // equal values keep theirs, without rounding
  if (n === 1) return { mean };
  const squares = sample.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (n - 1)) };
}

export const verdicts = ['reproduced', 'within the spread', 'not reproduced', 'no spread'] as const;
export type Verdict = (typeof verdicts)[number];

/** The rule, as the report states it. */
export const rule: string =
  'differences count positive in the paper’s direction; reproduced: the means differ in the paper’s direction by more than the pooled standard deviation of the seeds ' +
  '(root of the mean of both variances); not reproduced: in the other direction by more than that; within the spread: by ' +
  'less; no spread: one seed only, which decides nothing. Beside it stands in how many seeds, one by one, the direction holds';

/** How two variants compare. */
export interface Comparison {
  /** Mean of the one that the paper has ahead, less that of the other, so that the paper's direction is positive. */
  readonly difference: number;
  /** Pooled standard deviation; undefined with a single seed. */
  readonly spread?: number;
  readonly verdict: Verdict;
  /** Seeds in which the paper's direction holds, of all that both have: same seeds, same data and same noise. */
  readonly agreeing: number;
  readonly seeds: number;
}

/**
 * Judges a direction that the paper claims: that `ahead` is better than `behind`, where `better` says which way is up. A
 * RangeError of an empty sample.
 */
export function compare(ahead: Sample, behind: Sample, better: 'higher' | 'lower'): Comparison {
  const [a, b] = [spreadOf(ahead), spreadOf(behind)];
  if (!a || !b) throw new RangeError('compare: both variants need at least one value');
  const sign = better === 'higher' ? 1 : -1;
  const difference = (a.mean - b.mean) * sign;
  const seeds = Math.min(ahead.length, behind.length);
  const agreeing = ahead.slice(0, seeds).filter((v, i) => (v - (behind[i] as number)) * sign > 0).length;
  const shared = { difference, agreeing, seeds };
  if (a.deviation === undefined || b.deviation === undefined) return { ...shared, verdict: 'no spread' };
  const spread = Math.sqrt((a.deviation ** 2 + b.deviation ** 2) / 2);
  if (Math.abs(difference) <= spread) return { ...shared, spread, verdict: 'within the spread' };
  return { ...shared, spread, verdict: difference > 0 ? 'reproduced' : 'not reproduced' };
}
