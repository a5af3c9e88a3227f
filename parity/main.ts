import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type ParityRow, passes, together } from './compare.ts';
import { copyFixture, copyThresholds } from './copies.ts';
import { findFixtures, fixtureModules } from './fixtures.ts';

/*
 * npm run parity -- [DIR] [--verbose] [--form float16|bfloat16|int8|int4]
 * Runs every fixture below DIR (default: fixtures/ of this repository) through the code that the product uses and
 * prints the worst tensor of each; --verbose prints all tensors. Then runs copies of those with weights, in each of the
 * other forms that weights may have (see copies.ts for the thresholds); --form does one of these alone. Exit code 1 unless
 * every fixture is there and passes.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { verbose: { type: 'boolean', short: 'v', default: false }, form: { type: 'string' } },
    allowPositionals: true,
  });
  const root = positionals[0] ?? fileURLToPath(new URL('../fixtures', import.meta.url));
  if (!existsSync(root)) throw new Error(`parity: there is no folder ${root}`);
  const { found, missing, unknown } = await findFixtures(root);
  for (const name of unknown) console.log(`${name}: not a fixture's name, left out`);

  const forms = Object.keys(copyThresholds);
  if (values.form !== undefined && !forms.includes(values.form)) {
    throw new Error(`parity: --form must be one of ${forms.join(', ')}, got ${values.form}`);
  }
  const width = Math.max(...Object.keys(fixtureModules).map((n) => n.length)) + ' bfloat16'.length;
  const totals = { passed: 0, failed: 0 };
  const show = (label: string, result: Result): void => {
    totals[result.ok ? 'passed' : 'failed']++;
    console.log(line(label.padEnd(width), result.worst, result.ok, result.reason));
    if (!values.verbose) return;
    for (const row of result.rows) console.log(line(`    ${row.name}`, row, passes(row)));
  };
  if (values.form === undefined) {
    for (const { name, dir } of found) show(name, await runFixture(name, dir));
    for (const name of missing) show(name, { ok: false, rows: [], reason: 'missing' });
  }
  const folder = await mkdtemp(join(tmpdir(), 'parity-'));
  try {
    for (const form of values.form ? [values.form] : forms) {
      for (const { name, dir } of found) {
        const copy = join(folder, form, name);
        if (!(await copyFixture(name, dir, copy, form))) continue;
        show(`${name} ${form}`, await runFixture(name, copy, copyThresholds[form]));
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

interface Result {
  readonly ok: boolean;
  readonly rows: readonly ParityRow[];
  readonly worst?: ParityRow | undefined;
  readonly reason?: string;
}

/** @param threshold what a row may be off at least; by default what the fixture's module says. */
async function runFixture(name: string, dir: string, threshold = 0): Promise<Result> {
  const path = fileURLToPath(new URL(`./${fixtureModules[name]}.ts`, import.meta.url));
  try {
    if (!existsSync(path)) throw new Error(`parity/${fixtureModules[name]}.ts does not exist`);
    const module = (await import(pathToFileURL(path).href)) as { run(dir: string): Promise<ParityRow[]> };
    const all = await module.run(dir);
    const compared = threshold > 0 ? wellConditioned(all) : all;
    const rows = compared.map((row) => ({
      ...row,
      threshold: Math.max(row.threshold, threshold),
    }));
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

/**
 * What can be compared of copies with rounded weights. Adam's first step is the sign of a gradient, and where that is
 * nearly zero, rounding turns it round; for the same reason gradients are compared as one vector.
 */
function wellConditioned(rows: readonly ParityRow[]): ParityRow[] {
  const gradients = rows.filter((row) => row.name.startsWith('grad'));
  const others = rows.filter((row) => !/^(grad|after)/.test(row.name));
  return gradients.length > 0 ? [...others, together('gradients', gradients)] : others;
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
