import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Build, type Figure, measures } from './beside/measures.ts';
import { besideTable } from './beside/table.ts';

/*
 * npx tsx bench/beside.ts A B [--rounds 3] [--only demo,draft,renderer,animator] [--threads 2] [--steps 20]
 * Measures two builds of the project side by side: folders with dist, presets, examples and weights of their own. They take turns,
 * so that what else the machine does falls on both, and the table has the medians and B's over A's. Wall-clock time hangs on what
 * else runs; processor time much less (read from /proc: Linux only).
 *
 * An old build:  git worktree add --detach ../old 00ac2a6 && cd ../old && npm ci
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: Object.keys(measures).join() },
    threads: { type: 'string', default: '2' },
    steps: { type: 'string', default: '20' },
  },
});
const [a, b] = positionals.map((folder) => resolve(folder));
const chosen = values.only.split(',');
const unknown = chosen.filter((name) => !(name in measures));
if (!a || !b || unknown.length > 0) {
  console.error(
    unknown.length > 0
      ? `there is no measure '${unknown[0]}'; there are ${Object.keys(measures).join(', ')}`
      : 'two folders are needed: npx tsx bench/beside.ts A B',
  );
  process.exit(1);
}
const options = { threads: Number(values.threads), steps: Number(values.steps) };
const scratch = await mkdtemp(join(tmpdir(), 'beside-'));
try {
  const builds: Record<'a' | 'b', Build> = {
    a: { folder: a, scratch: join(scratch, 'a') },
    b: { folder: b, scratch: join(scratch, 'b') },
  };
  const figures: Record<'a' | 'b', Figure[][]> = { a: [], b: [] };
  for (const { scratch } of Object.values(builds)) await mkdir(scratch, { recursive: true });
  for (let round = 0; round < Number(values.rounds); round++) {
    // who begins changes from round to round: what was read last is in the machine's caches
    for (const which of round % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)) {
      const own: Figure[] = [];
      for (const name of chosen) own.push(...((await measures[name]?.(builds[which], options)) ?? []));
      figures[which].push(own);
      console.error(
        `round ${round + 1}, ${which.toUpperCase()}: ${own.map((f) => f.value.toPrecision(3)).join(' ')}`,
      );
    }
  }
  for (const line of besideTable(figures)) console.log(line);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
