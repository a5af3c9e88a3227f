import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../media/index.ts';
import { Preset } from '../presets/index.ts';
import { writeRandomWeights } from '../testing/randomWeights.ts';
import { spawnCli } from '../testing/spawnCli.ts';
import { cli, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';

describe('moviedreamer train finish', () => {
  let film: TinyFilm;
  const path = (...parts: string[]): string => join(film.folder, ...parts);
  const json = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  /** A command over a copy of the weights of its own. */
  const command = async (name: string, words: string[], ...more: string[]): Promise<string[]> => {
    const models = [...film.models];
    const at = models.indexOf('--weights') + 1;
    await cp(models[at] as string, path(name, 'weights'), { recursive: true, force: false });
    models[at] = path(name, 'weights');
    return [...words, '--out', path(name), ...models, ...more];
  };
  const train = (name: string, ...more: string[]): Promise<string[]> =>
    command(name, ['train', 'finish', '--cache', path('cache')], ...more);
  const generate = (name: string, ...more: string[]): Promise<string[]> =>
    command(name, ['generate', film.script, '--stage', 'keyframes', '--seed', '3', '--force'], ...more);
  const keyframe = async (name: string): Promise<Uint8Array> =>
    (await readImage(path(name, 'keyframes/0001.png'))).data;

  beforeAll(async () => {
    film = await tinyFilm();
    const { preset, weights } = await writeTinyTheatre(film.folder, { finish: { steps: 6 } });
    const renderer = join(preset, 'renderer/generation_config.json');
    await writeFile(renderer, JSON.stringify({ width: 112, height: 64, steps: 0 }));
    await writeRandomWeights(await Preset.open(preset, { weights }));
  });
  afterAll(() => film.remove());

  it('says what it will take, and ends', async () => {
    const { code, events } = await cli(...(await train('plan', '--plan', '--json')));
    expect([code, events.map(({ type }) => type)]).toEqual([0, ['data', 'memory']]);
    expect(events[1]).toMatchObject({ stage: 'finish', frozen: 0 });
  });

  it('ends with the same weights, killed or not; and films are painted by them', async () => {
    const whole = await cli(...(await train('whole', '--json')));
    expect(whole.code, whole.err).toBe(0);
    expect(whole.events.filter((e) => e.type === 'step').length).toBe(6);
    expect(whole.events.find((e) => e.type === 'validation')).toMatchObject({ stage: 'finish' });
    const { child, ended } = spawnCli(await train('parts', '--json'), (line) => {
      if (JSON.parse(line).step === 3) child.kill('SIGKILL');
    });
    await ended;
    expect((await cli(...(await train('parts')))).code).toBe(0);
    for (const file of ['finish/metrics.jsonl', 'weights/vae/diffusion_pytorch_model.safetensors'])
      expect(await readFile(path('parts', file)), file).toEqual(await readFile(path('whole', file)));
    expect(await json(path('whole/weights/vae/evaluation.json'))).toMatchObject({
      frames: 2,
      before: { generatedDetail: expect.any(Number) },
      after: { generatedDetail: expect.any(Number) },
    });

    expect((await cli(...(await generate('before')))).code).toBe(0);
    expect((await cli(...(await generate('whole')))).code).toBe(0);
    expect((await keyframe('whole')).join()).not.toBe((await keyframe('before')).join());
  });

  it('paints drafts in 0 steps, which hear no guidance', async () => {
    const drawn = await cli(...(await generate('before', '--steps', '0')));
    expect(drawn.code, drawn.err).toBe(0);
    const draft = await keyframe('before');
    expect((await cli(...(await generate('before', '--steps', '2')))).code).toBe(0);
    expect((await keyframe('before')).join()).not.toBe(draft.join());
    expect((await cli(...(await generate('before', '--steps', '0')))).code).toBe(0);
    expect((await keyframe('before')).join()).toBe(draft.join());
    const guided = await cli(...(await generate('before', '--steps', '0', '--guidance', '2')));
    expect([guided.code, guided.err]).toEqual([
      1,
      expect.stringMatching(
        /0 steps paint the draft of the U-Net, which nothing guides: guidance must be 1, got 2/,
      ),
    ]);
  });
});
