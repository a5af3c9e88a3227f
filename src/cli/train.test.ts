import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../testing/spawnCli.ts';
import { type CliResult, cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';

describe('moviedreamer train', () => {
  let film: TinyFilm;
  beforeAll(async () => {
    film = await tinyFilm();
  });
  afterAll(() => film.remove());

  /** Arguments of a run whose checkpoints and weights go into folders of its own. */
  const args = (out: string, ...more: string[]): string[] => {
    const models = [...film.models];
    models[models.indexOf('--weights') + 1] = join(film.folder, out, 'weights');
    const folders = ['--out', join(film.folder, out), '--cache', join(film.folder, 'cache')];
    return ['train', 'vae', ...folders, '--steps', '25', '--json', ...models, ...more];
  };
  const curve = (out: string): Promise<string> =>
    readFile(join(film.folder, out, 'vae/metrics.jsonl'), 'utf8');

  it('trains a stage, tells every step, and leaves weights, a curve and samples', async () => {
    const { code, events, err } = await cli(...args('whole'));
    expect([code, err]).toEqual([0, '']);
    const steps = events.filter((e) => e.type === 'step');
    expect(steps).toHaveLength(25);
    expect(steps.at(-1)).toMatchObject({ stage: 'vae', step: 25, steps: 25, loss: expect.any(Number) });
    expect(events.at(-1)).toMatchObject({ type: 'trained', stage: 'vae' });
    const files = Object.keys(await filesOf(join(film.folder, 'whole')));
    expect(files).toEqual(
      expect.arrayContaining(['vae/loss.png', 'vae/metrics.jsonl', 'weights/vae/latents.json']),
    );
    expect(files.some((name) => /weights\/vae\/.*\.safetensors/.test(name))).toBe(true);
  });

  it('saves a checkpoint at Ctrl-C, and goes on to the same curve and weights', async () => {
    const { child, ended } = spawnCli(args('parts'), (line) => {
      if (JSON.parse(line).step === 13) child.kill('SIGINT');
    });
    const { code, err } = await ended;
    expect([code, err]).toEqual([
      130,
      expect.stringMatching(/what is done will be saved[\s\S]*the same command goes on from here/),
    ]);
    const resumed = await cli(...args('parts'));
    expect(resumed.events.filter((e) => e.type === 'step').length).toBeLessThan(13);
    expect(await curve('parts')).toBe(await curve('whole'));
    const weights = async (out: string): Promise<unknown> => filesOf(join(film.folder, out, 'weights'));
    expect(await weights('parts')).toEqual(await weights('whole'));
  });

  it('starts a new run from the weights of another', async () => {
    const lossAt = async (out: string, step: number): Promise<number> =>
      JSON.parse((await curve(out)).split('\n')[step - 1] as string).loss;
    const { code } = await cli(...args('warm', '--from', join(film.folder, 'whole/weights')));
    expect(code).toBe(0);
    expect(await lossAt('warm', 1)).toBeLessThan(await lossAt('whole', 1));
    const wrong = await cli(...args('cold', '--from', join(film.folder, 'nothing')));
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/vae: --from .*nothing.*no such/)]);
  });

  it('refuses to mix two runs in one folder', async () => {
    const other = await cli(...args('whole', '--seed', '9'));
    expect([other.code, other.err]).toEqual([
      1,
      expect.stringMatching(/belongs to a run with other settings/),
    ]);
  });

  it.each([
    [
      ['train', 'everything'],
      /there is no stage 'everything'; the stages are vae, clip, text, face, .*, and all/,
    ],
    [['train'], /missing required argument 'stage'/],
    [['train', 'vae', '--steps', '0'], /--steps .*whole number from 1/],
    [['train', 'vae', '--preset', 'nowhere'], /preset 'nowhere': no folder/],
  ])('%j', async (wrong, message) => {
    const result: CliResult = await cli(...wrong, '--out', join(film.folder, 'wrong'));
    expect([result.code, result.out]).toEqual([1, '']);
    expect(result.err).toMatch(message);
    expect(existsSync(join(film.folder, 'wrong'))).toBe(false);
  });
});
