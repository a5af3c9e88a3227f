import { type Sample, spreadOf } from '../metrics/index.ts';
import type { Direction, ExperimentResult, Metric } from './experiment.ts';

/** A figure as people read it: three places, one for scores of a hundred, two digits of a tiny one. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 10) return value.toFixed(1);
  return size > 0 && size < 0.001 ? value.toExponential(1) : value.toFixed(3);
}

/** `0.814 ± 0.012`; without a deviation the mean alone. */
export function sampleText(sample: Sample): string {
  const spread = spreadOf(sample);
  if (!spread) return '';
  return spread.deviation === undefined
    ? digits(spread.mean)
    : `${digits(spread.mean)} ± ${digits(spread.deviation)}`;
}

/** Headings and lines: of each metric our figures, and beside them the paper's where it has some. */
export function figureTable({ metrics, rows }: ExperimentResult): string[][] {
  const hasPaper = (key: string): boolean => rows.some((r) => r.paper?.[key] !== undefined);
  const measured = metrics.filter(({ key }) => rows.some((r) => (r.ours[key] ?? []).length > 0));
  const headings = [
    'variant',
    ...measured.flatMap((m) => [headingOf(m), ...(hasPaper(m.key) ? ['paper'] : [])]),
  ];
  const lines = rows.map(({ variant, ours, paper }) => [
    variant,
    ...measured.flatMap(({ key }) => [
      sampleText(ours[key] ?? []),
      ...(hasPaper(key) ? [paper?.[key] === undefined ? '' : digits(paper[key])] : []),
    ]),
  ]);
  return [headings, ...lines];
}

/** One line a direction: what the paper says, the difference here, its spread, the verdict. */
export function directionTable({ metrics, directions }: ExperimentResult): string[][] {
  const name = (key: string): string => shortName(metrics.find((m) => m.key === key)?.name ?? key);
  return [
    ['the paper has ahead', 'of', 'in', 'its difference', 'ours', 'spread', 'seeds', 'verdict'],
    ...directions.map((d: Direction) => [
      d.ahead,
      d.behind,
      name(d.metric),
      d.paper === undefined ? '' : signed(d.paper),
      signed(d.difference),
      d.spread === undefined ? '' : digits(d.spread),
      `${d.agreeing} of ${d.seeds}`,
      d.verdict,
    ]),
  ];
}

const headingOf = ({ name, better }: Metric): string => `${name}, ${better === 'higher' ? '↑' : '↓'}`;

/** Without its range. */
const shortName = (name: string): string => name.replace(/ \([^)]*\)/, '');

const signed = (value: number): string => `${value > 0 ? '+' : ''}${digits(value)}`;
