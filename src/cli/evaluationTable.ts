import { type Evaluation, type Metric, valueText } from '../evaluation/index.ts';
import { columns } from './columns.ts';

/** The lines of an evaluation on a terminal: metrics, what LT is at other thresholds, warnings, and what was left out. */
export function evaluationTable({ metrics, leftOut }: Evaluation): string[] {
  const rows = metrics.map(({ name, value, range, better, encoders, from }) => [
    name,
    valueText(value),
    `${range}, ${better} is better`,
    encoders.join(', '),
    from,
  ]);
  const lines = columns([['metric', 'value', 'range', 'encoder', 'from'], ...rows]);
  for (const metric of metrics) {
    if (metric.sweep) lines.push('', ...sweepLines(metric));
    if (metric.warning) lines.push('', `${metric.name}: ${metric.warning}`);
  }
  if (leftOut.length > 0) lines.push('', 'left out:', ...reasonLines(leftOut));
  return [...lines, ''];
}

/** Every other threshold: `evaluation.json` has all of them. */
function sweepLines({ name, sweep = [] }: Metric): string[] {
  const shown = sweep.filter((_, i) => i % 2 === 0);
  const row = (title: string, values: readonly number[]): string[] => [
    title,
    ...values.map((v) => v.toFixed(2)),
  ];
  return columns([
    row(
      `${name} at cosine`,
      shown.map((s) => s.threshold),
    ),
    row(
      'LT',
      shown.map((s) => s.recall),
    ),
    row(
      'precision',
      shown.map((s) => s.precision),
    ),
    row(
      'F1',
      shown.map((s) => s.f1),
    ),
  ]);
}

/** One line a reason, with all metrics that are left out for it. */
function reasonLines(leftOut: Evaluation['leftOut']): string[] {
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of leftOut) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  return [...reasons].map(([reason, names]) => `  ${names.join(', ')}: ${reason}`);
}
