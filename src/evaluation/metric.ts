import type { LongTermConsistency } from '../metrics/index.ts';
import type { Observations } from './observe.ts';

/** What a metric cannot be computed without. */
export type Need = 'clip' | 'truth' | 'detector' | 'face' | 'aesthetic' | 'inception';

/** A metric's place in the literature. */
export interface MetricInfo {
  /** Stable name in `evaluation.json`. */
  readonly key: string;
  /** Name as the literature writes it. */
  readonly name: string;
  /** Where it was defined. */
  readonly source: string;
  /** Possible values, in words. */
  readonly range: string;
  /** What is better. */
  readonly better: 'higher' | 'lower';
}

/** A metric of one film. */
export interface Metric extends MetricInfo {
  /** The value, in the range that `range` describes. */
  readonly value: number;
  /** Names of the encoders that it rests on. */
  readonly encoders: readonly string[];
  /** What it was computed from, such as `14 frames`. */
  readonly from: string;
  /** What limits a comparison with it. */
  readonly warning?: string;
  /** The same at other thresholds. */
  readonly sweep?: readonly LongTermConsistency[];
}

/** A metric that could not be computed, and why. */
export interface LeftOut extends MetricInfo {
  /** What is missing and how to supply it. */
  readonly reason: string;
}

/** Thresholds of the metrics. */
export interface MeasureOptions {
  /** Cosine from which a face is a character's, for LT. */
  readonly faceThreshold: number;
}

/** How a metric is computed. */
export interface Definition extends MetricInfo {
  readonly needs: readonly Need[];
  /** The value, or why there is none. All that `needs` names is in the observations. */
  measure(
    observations: Observations,
    options: MeasureOptions,
  ): string | Pick<Metric, 'value' | 'from' | 'warning' | 'sweep'>;
}

/** Computes what can be computed. `absent` says of everything that is not there why, and how to get it. */
export function measureAll(
  definitions: readonly Definition[],
  observations: Observations,
  options: MeasureOptions,
  absent: Readonly<Partial<Record<Need, string>>>,
  encoderNames: Readonly<Partial<Record<Need, string>>>,
): { metrics: Metric[]; leftOut: LeftOut[] } {
  const metrics: Metric[] = [];
  const leftOut: LeftOut[] = [];
  for (const { needs, measure, ...info } of definitions) {
    const lacking = needs.find((need) => absent[need] !== undefined);
    const result = lacking ? (absent[lacking] as string) : measure(observations, options);
    if (typeof result === 'string') leftOut.push({ ...info, reason: result });
    else metrics.push({ ...info, ...result, encoders: needs.flatMap((need) => encoderNames[need] ?? []) });
  }
  return { metrics, leftOut };
}

/** `1 frame`, `2 frames`. */
export function countOf(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
