import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const variable = 'MOVIEDREAMER_BUILT_FOR_TESTS';

/** The folder of the compiled sources, during a run of vitest. */
export function builtForTests(): string {
  const folder = process.env[variable];
  if (!folder)
    throw new Error('the sources are compiled by the global setup of vitest.config.ts; run vitest');
  return folder;
}

/**
 * Vitest's global setup: compiles the sources once into a folder of its own, for what tests start in processes and worker
 * threads, and the programs in src/testing. Loading TypeScript there costs 1.3 s of processor time a process and 0.3 s a worker, several hundred times.
 * The folder lies in the project, so that packages and presets are found as from `dist`.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(root, 'node_modules', '.moviedreamer-'));
  const built = join(folder, 'dist');
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.tests.json', '--outDir', built], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const name of ['package.json', 'presets', 'weights', 'schema', 'examples'])
    symlinkSync(join(root, name), join(folder, name));
  process.env[variable] = built;
  return () => rmSync(folder, { recursive: true, force: true });
}
