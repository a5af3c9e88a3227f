/** Prints the statements and branches of each room that the unit tests ran: `npm run coverage` writes and prints them. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Count {
  readonly total: number;
  readonly covered: number;
}
type Counts = Readonly<Record<'statements' | 'branches', Count>>;

const root = fileURLToPath(new URL('..', import.meta.url));
const report = JSON.parse(readFileSync(`${root}/out/coverage/coverage-summary.json`, 'utf8')) as Record<
  string,
  Counts
>;
const rooms = new Map<string, Counts[]>();
for (const [path, counts] of Object.entries(report)) {
  const room = path === 'total' ? 'total' : (relative(root, path).split(/[\\/]/)[1] as string);
  rooms.set(room, [...(rooms.get(room) ?? []), counts]);
}

const percent = (counts: readonly Count[]): string => {
  const total = counts.reduce((sum, { total }) => sum + total, 0);
  const covered = counts.reduce((sum, { covered }) => sum + covered, 0);
  return `${total === 0 ? '100.0' : ((100 * covered) / total).toFixed(1)} %`.padStart(8);
};

console.log(`${'room'.padEnd(12)} statements  branches`);
for (const [room, files] of [...rooms].sort(([a], [b]) => Number(a === 'total') - Number(b === 'total')))
  console.log(
    `${room.padEnd(12)}  ${percent(files.map((f) => f.statements))}  ${percent(files.map((f) => f.branches))}`,
  );
