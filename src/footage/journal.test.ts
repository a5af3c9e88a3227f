import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Journal } from './journal.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const lines = ['{"format":"x-1"}', '{"n":1}', '{"n":2}'];

async function write(path: string, ...ns: number[]): Promise<readonly { n: number }[]> {
  const journal = await Journal.open<{ n: number }>(path, 'x-1');
  for (const n of ns) await journal.add({ n });
  await journal.close();
  return journal.entries;
}

it('appends lines and reads them again', async () => {
  const path = join(dir, 'deep/er/a.jsonl');
  expect(await write(path, 1)).toEqual([]);
  expect(await write(path, 2)).toEqual([{ n: 1 }]);
  expect(await readFile(path, 'utf8')).toBe(`${lines.join('\n')}\n`);
});

it('gives the same bytes wherever the process before it was killed', async () => {
  const path = join(dir, 'b.jsonl');
  const whole = `${lines.join('\n')}\n`;
  for (let cut = 0; cut <= whole.length; cut++) {
    await writeFile(path, whole);
    await truncate(path, cut);
    const known = (await write(path)).length;
    await write(path, ...[1, 2].slice(known));
    expect(await readFile(path, 'utf8')).toBe(whole);
  }
});

it('drops what is no line of its own: zeros after a power failure, another format', async () => {
  const path = join(dir, 'c.jsonl');
  await write(path, 1);
  await appendFile(path, Buffer.concat([Buffer.alloc(64), Buffer.from('\n')]));
  expect(await write(path, 2)).toEqual([{ n: 1 }]);
  await writeFile(path, '{"format":"x-0"}\n{"n":7}\n');
  expect(await write(path, 1)).toEqual([]);
  expect(await readFile(path, 'utf8')).toBe('{"format":"x-1"}\n{"n":1}\n');
});
