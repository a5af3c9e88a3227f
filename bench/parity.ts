import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type ParityRow, passes } from './parity/compare.ts';
import { findFixtures, fixtureModules } from './parity/fixtures.ts';

/*
 * npm run parity -- [DIR] [--verbose]
 * Runs every fixture below DIR (default: fixtures/ of this repository) through the code that the product uses and
 * prints the worst tensor of each; --verbose prints all tensors. Exit code 1 unless every fixture is there and passes.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { verbose: { type: 'boolean', short: 'v', default: false } },
    allowPositionals: true,
  });
  const root = positionals[0] ?? fileURLToPath(new URL('../fixtures', import.meta.url));
  if (!existsSync(root)) throw new Error(`parity: there is no folder ${root}`);
  const { found, missing, unknown } = await findFixtures(root);
  for (const name of unknown) console.log(`${name}: not a fixture's name, left out`);

  const width = Math.max(...Object.keys(fixtureModules).map((n) => n.length));
  let passed = 0;
  for (const { name, dir } of found) {
    const result = await runFixture(name, dir);
    if (result.ok) passed++;
    console.log(line(name.padEnd(width), result.worst, result.ok, result.reason));
    if (!values.verbose) continue;
    for (const row of result.rows) console.log(line(`    ${row.name}`, row, passes(row)));
  }
  for (const name of missing) console.log(line(name.padEnd(width), undefined, false, 'missing'));
  const failed = found.length - passed + missing.length;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

interface Result {
  readonly ok: boolean;
  readonly rows: readonly ParityRow[];
  readonly worst?: ParityRow | undefined;
  readonly reason?: string;
}

async function runFixture(name: string, dir: string): Promise<Result> {
  const path = fileURLToPath(new URL(`./parity/${fixtureModules[name]}.ts`, import.meta.url));
  try {
    if (!existsSync(path)) throw new Error(`bench/parity/${fixtureModules[name]}.ts does not exist`);
    const module = (await import(pathToFileURL(path).href)) as { run(dir: string): Promise<ParityRow[]> };
    const rows = await module.run(dir);
    if (rows.length === 0) throw new Error('nothing was compared');
    const far = (row: ParityRow): number => row.relL2 / row.threshold;
    const worst = rows.reduce((a, b) => (far(b) > far(a) ? b : a));
    const ok = rows.every(passes);
    return { ok, rows, worst, ...(ok ? {} : { reason: worst.name }) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, rows: [], reason: message.split('\n')[0] as string };
  }
}

function line(name: string, row: ParityRow | undefined, ok: boolean, reason?: string): string {
  const number = (v: number | undefined): string => (v === undefined ? '-' : v.toExponential(1)).padStart(8);
  const parts = [name, number(row?.relL2), number(row?.maxRel), ok ? 'ok' : 'FAIL'];
  return [...parts, ...(reason ? [`(${reason})`] : [])].join('  ');
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
