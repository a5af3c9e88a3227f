import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { packageRoot } from '../presets/index.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

it('reproduce/theatre.sh trains stages in order, copies the other models, logs, and does nothing twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproduce-'));
  try {
    const { preset, weights } = await writeTinyTheatre(folder);
    const out = join(folder, 'out');
    const run = (): Promise<{ stdout: string }> =>
      promisify(execFile)(join(packageRoot, 'reproduce/theatre.sh'), [out], {
        env: {
          ...process.env,
          PRESET: preset,
          FROM: weights,
          STAGES: 'vae detector',
          THREADS: '1',
          NICE: '0',
        },
      });
    const { stdout } = await run();
    expect(stdout).toMatch(/ vae\n.* detector\nweights in .*\/out\/weights/s);
    const log = await readFile(join(out, 'log.md'), 'utf8');
    expect(log.split('\n').map((line) => line.split(' | ')[0])).toEqual([
      '| stage',
      '|---|---|---|---|---|---|',
      '| vae',
      '| detector',
      '',
    ]);
    expect(await readdir(join(out, 'weights/detector'))).toContain('model.safetensors');
    expect(await readdir(join(out, 'weights'))).toEqual(expect.arrayContaining(['clip', 'face', 'unet']));
    // the VAE began at the one that it was given
    expect(await readFile(join(out, 'logs/vae.log'), 'utf8')).toMatch(/start from earlier weights/);
    await run();
    expect(await readFile(join(out, 'log.md'), 'utf8')).toBe(log);
  } finally {
    await rm(folder, { recursive: true });
  }
});
