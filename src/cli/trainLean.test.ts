import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../testing/spawnCli.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

/** The settings with which large models are trained in little memory. */
const lean = { optimizer: 'adamw8bit', emaDecay: 0, activationCheckpointing: true, accumulate: 2 };

describe('moviedreamer train, in little memory', () => {
  let film: TinyFilm;
  beforeAll(async () => {
    film = await tinyFilm();
    await writeTinyTheatre(film.folder, { autoregressor: { ...lean, steps: 14, checkpointEvery: 4 } });
  });
  afterAll(() => film.remove());

  const args = async (out: string, ...more: string[]): Promise<string[]> => {
    const models = [...film.models];
    const at = models.indexOf('--weights') + 1;
    const weights = join(film.folder, out, 'weights');
    await mkdir(weights, { recursive: true });
    for (const part of ['clip', 'face', 'compressor', 'vae'])
      await cp(join(models[at] as string, part), join(weights, part), { recursive: true, force: false });
    models[at] = weights;
    const folders = ['--out', join(film.folder, out), '--cache', join(film.folder, 'cache')];
    return ['train', 'autoregressor', ...folders, '--json', ...models, ...more];
  };
  const curve = (out: string): Promise<string> =>
    readFile(join(film.folder, out, 'autoregressor/metrics.jsonl'), 'utf8');

  it('says what it will take, and ends', async () => {
    const { code, events } = await cli(...(await args('plan', '--plan')));
    expect(code).toBe(0);
    expect(events.filter(({ type }) => type === 'step')).toEqual([]);
    const memory = events.find(({ type }) => type === 'memory') as Record<string, number>;
    expect(memory.average).toBe(0);
    expect(memory.moments).toBe((memory.parameters as number) / 2);
    expect(memory.total).toBeGreaterThan(memory.activations as number);
  });

  it('ends with the same curve and weights, killed or not', async () => {
    const whole = await cli(...(await args('whole')));
    expect([whole.code, whole.events.filter((e) => e.type === 'step').length]).toEqual([0, 14]);
    const { child, ended } = spawnCli(await args('parts'), (line) => {
      if (JSON.parse(line).step === 7) child.kill('SIGKILL');
    });
    await ended;
    expect((await cli(...(await args('parts')))).code).toBe(0);
    expect(await curve('parts')).toBe(await curve('whole'));
    const weights = (out: string): Promise<Buffer> =>
      readFile(join(film.folder, out, 'weights/autoregressor/model.safetensors'));
    expect((await weights('parts')).equals(await weights('whole'))).toBe(true);
  });
});
