import type { Figure } from './measures.ts';

/** The figures of two builds, one list for each round. */
export interface Rounds {
  readonly a: readonly (readonly Figure[])[];
  readonly b: readonly (readonly Figure[])[];
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Lines of a table: each figure's medians in both builds, and the second's over the first's. */
export function besideTable({ a, b }: Rounds): string[] {
  const names = (a[0] ?? []).map(({ name, unit }) => ({ name, unit }));
  const of = (rounds: Rounds['a'], wanted: string): number =>
    median(rounds.flatMap((round) => round.filter(({ name }) => name === wanted).map(({ value }) => value)));
  const rows = names.map(({ name, unit }) => {
    const [before, after] = [of(a, name), of(b, name)];
    return [name, unit, before.toPrecision(3), after.toPrecision(3), (after / before).toFixed(2)];
  });
  const all = [['what', 'unit', 'A', 'B', 'B over A'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...all.map((row) => (row[i] as string).length)));
  return all.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join('  '),
  );
}
