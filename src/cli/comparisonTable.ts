import { bestIn, type Column, type Comparison, type MethodState } from '../compare/index.ts';
import { valueText } from '../evaluation/index.ts';
import { columns as padded } from './columns.ts';

/** The lines of a comparison on a terminal: a row a method, the best of each column with a star, and what cannot be had. */
export function comparisonTable({ columns, rows, leftOut }: Comparison): string[] {
  const best = columns.map((column) => bestIn(column, rows));
  const made = rows.filter(({ film }) => film !== undefined);
  const cells = made.map(({ method, film }) => [
    method,
    ...columns.map(({ key }, i) => {
      const value = film?.values[key];
      const star = best[i]?.has(method) ? '*' : '';
      return value === undefined ? '-' : `${valueText(value)}${star}`;
    }),
  ]);
  const lines = padded([['', ...columns.map(groupOf)], ['method', ...columns.map(headOf)], ...cells]);
  lines.push('', '* the best of its column; ↑ higher is better, ↓ lower');
  const absent = rows.filter(({ why }) => why !== undefined);
  if (absent.length > 0) lines.push('', 'cannot be had:');
  for (const { method, why } of absent) lines.push(`  ${method}: ${why}`);
  if (leftOut.length > 0) lines.push('', 'left out:');
  for (const { name, reason } of leftOut) lines.push(`  ${name}: ${reason}`);
  return [...lines, ''];
}

/** What a group of columns is of, above its first one. */
const groupOf = (column: Column, i: number, all: readonly Column[]): string =>
  all[i - 1]?.of === column.of ? '' : column.of === 'keyframes' ? 'keyframes' : 'ends of clips';

const headOf = ({ name, better }: Column): string => `${name} ${better === 'higher' ? '↑' : '↓'}`;

/** The lines of `compare --list`. */
export function methodLines(states: readonly MethodState[]): string[] {
  return states.flatMap(({ method, paper, how, why }) => [
    `${method}: ${why === undefined ? 'can be had' : `cannot be had: ${why}`}`,
    `  ${how}`,
    `  (${paper})`,
  ]);
}
