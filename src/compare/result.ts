import { type Metric, type MetricInfo, valueText } from '../evaluation/index.ts';
import type { MethodName } from './method.ts';

/** What pictures a metric is of: keyframes (paper, table 1), or the last frames of clips (table 2). */
export type Measured = 'keyframes' | 'clips';

/** A metric of the comparison. */
export interface Column extends Pick<MetricInfo, 'name' | 'source' | 'range' | 'better'> {
  /** `keyframes.lt`, `clips.clip-sim`. */
  readonly key: string;
  readonly of: Measured;
}

/** A shot as a method made it: paths below the comparison's folder. */
export interface ComparedShot {
  /** From 1. */
  readonly shot: number;
  readonly keyframe: string;
  /** The middle and the last frame of its clip. */
  readonly frames: readonly string[];
}

/** What became of a method's film. */
export interface MadeFilm {
  /** Paths below the comparison's folder. */
  readonly movie: string;
  readonly storyboard: string;
  readonly evaluation: string;
  readonly shots: readonly ComparedShot[];
  /** By the keys of the columns; what could not be computed is not there. */
  readonly values: Readonly<Record<string, number>>;
}

/** A method's row. */
export interface ComparisonRow {
  readonly method: MethodName;
  readonly paper: string;
  readonly how: string;
  /** Undefined where the preset cannot make it; then `why` says why. */
  readonly film?: MadeFilm;
  readonly why?: string;
}

/** `compare.json`. */
export interface Comparison {
  readonly format: typeof comparisonFormat;
  readonly title: string;
  /** Path of the script. */
  readonly script: string;
  readonly preset: string;
  readonly seed: number;
  /** The encoders of the metrics, with the hashes of their weights. */
  readonly encoders: readonly {
    readonly role: string;
    readonly name: string;
    readonly fingerprint: string;
  }[];
  readonly columns: readonly Column[];
  readonly rows: readonly ComparisonRow[];
  /** Metrics that could not be computed, each with its reason. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

export const comparisonFormat = 'moviedreamer-comparison-1';

/** The metrics of tables 1 and 2 of the paper, in its order; of those beside them, F1, since LT is a recall. */
const wanted: Readonly<Record<Measured, readonly string[]>> = {
  keyframes: ['clip-score', 'inception-score', 'aesthetic', 'fid', 'clip-sim', 'st', 'lt', 'lt-f1'],
  clips: ['clip-score', 'inception-score', 'aesthetic', 'clip-sim', 'lt'],
};

/** The metrics of a set of pictures that the comparison shows. */
export function shown<M extends MetricInfo>(of: Measured, metrics: readonly M[]): M[] {
  return wanted[of].flatMap((key) => metrics.find((metric) => metric.key === key) ?? []);
}

export const columnKey = (of: Measured, key: string): string => `${of}.${key}`;

/** A column of each metric that was computed for any method. */
export function columnsOf(measured: readonly Readonly<Record<Measured, readonly Metric[]>>[]): Column[] {
  return (['keyframes', 'clips'] as const).flatMap((of) =>
    shown(
      of,
      measured.flatMap((one) => one[of]),
    ).map(({ key, name, source, range, better }) => ({
      ...{ key: columnKey(of, key), of, name, range, better },
      source: of === 'clips' && key === 'clip-sim' ? 'paper, table 2: with the keyframe' : source,
    })),
  );
}

/** The methods that are best in a column, as it is printed; none where all are alike. */
export function bestIn({ key, better }: Column, rows: readonly ComparisonRow[]): Set<MethodName> {
  const values = rows.flatMap(({ method, film }) => {
    const value = film?.values[key];
    return value === undefined ? [] : [{ method, value, text: valueText(value) }];
  });
  const all = values.map(({ value }) => value);
  const best = valueText(better === 'higher' ? Math.max(...all) : Math.min(...all));
  if (values.every(({ text }) => text === best)) return new Set();
  return new Set(values.filter(({ text }) => text === best).map(({ method }) => method));
}
