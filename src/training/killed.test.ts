import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Random } from '../random/index.ts';
import { builtForTests } from '../testing/buildOnce.ts';

const child = join(builtForTests(), 'testing/trainChild.js');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the training in a process that is killed after it has said `lines` lines; by default to its end. */
function run(to: string, lines = Number.POSITIVE_INFINITY): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [child, to, '200'], { stdio: 'pipe' });
    let text = '';
    let errors = '';
    running.stderr.on('data', (data: Buffer) => {
      errors += data;
    });
    running.stdout.on('data', (data: Buffer) => {
      text += data;
      if (text.split('\n').length > lines) running.kill('SIGKILL');
    });
    running.on('error', reject);
    running.on('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve({ code, text });
      else reject(new Error(errors));
    });
  });
}

it('ends with the bytes of an uninterrupted run, however often it is killed', async () => {
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  await run(whole);
  const random = Random.of(1, 'kills');
  let kills = 0;
  let resumed = 0;
  for (;;) {
    const { code, text } = await run(killed, kills < 4 ? 1 + random.int(70) : undefined);
    if (text.includes('goes on after step')) resumed++;
    if (code === 0) break;
    kills++;
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  expect(resumed).toBeGreaterThanOrEqual(2);
  for (const file of ['metrics.jsonl', 'done', 'checkpoint.safetensors']) {
    expect((await readFile(join(killed, file))).equals(await readFile(join(whole, file))), file).toBe(true);
  }
});
