import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtForTests } from '../testing/buildOnce.ts';

const program = join(builtForTests(), 'cli/main.js');

/** Runs the program in a Node that says it is of this version. */
function runAs(version: string): Promise<{ code: number; out: string; err: string }> {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, program, '--version'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

const { engines, version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { engines: { node: string }; version: string };

it.each(['14.21.3', '18.20.8', '20.10.0'])('says in a sentence that Node %s is too old', async (old) => {
  const { code, out, err } = await runAs(old);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(`needs Node ${engines.node.replace('>=', '')} or newer, and this is Node ${old} (`);
  expect(err.trim().split('\n')).toHaveLength(1);
});

it.each(['20.11.0', '21.0.0', '26.10.0'])('runs with Node %s', async (fit) => {
  expect(await runAs(fit)).toMatchObject({ code: 0, out: `${version}\n` });
});

it('is nothing that an old Node cannot read', () => {
  const text = readFileSync(program, 'utf8');
  expect(text).not.toMatch(/^import\b|\?\?|\?\.[a-z]|^\s*await\b/m);
  expect(text).toMatch(/\bimport\('\.\/cli\.js'\)/);
});
