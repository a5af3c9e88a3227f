import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { type TinyStage, tinyStages, writeTinyTheatre } from '../testing/tinyTheatre.ts';
import { type TrainEvent, trainStages } from '../training/index.ts';

const script = `title: The lighthouse
characters:
  mara: { face: mara.png, description: A woman with long red hair and a blue hoodie. }
shots:
  - { characters: [mara], elements: [Snowy forest, Night], plot: Mara looks at the light., seconds: 0.5 }
`;

/** How much of a film shows what a stage trained. */
const shows: Readonly<Record<TinyStage, 'tokens' | 'keyframes' | 'clips'>> = {
  ...{
    vae: 'keyframes',
    clip: 'tokens',
    text: 'tokens',
    face: 'tokens',
    detector: 'tokens',
    tokenizer: 'keyframes',
  },
  ...{ autoregressor: 'tokens', renderer: 'keyframes', finish: 'keyframes', animator: 'clips' },
};

describe('what every stage trains is read by what follows', () => {
  let film: TinyFilm;
  let preset: string;
  let random: string;
  beforeAll(async () => {
    film = await tinyFilm(script);
    const one = { samples: 1 };
    ({ preset, weights: random } = await writeTinyTheatre(film.folder, { tokenizer: one, renderer: one }));
  });
  afterAll(() => film?.remove());

  const at = (...path: string[]): string => join(film.folder, ...path);
  const common = (): string[] => ['--preset', preset, '--threads', '1'];
  const train = (stage: string, out: string, ...more: string[]) =>
    cli('train', stage, ...common(), '--out', at(out), '--cache', at('cache'), ...more);
  const generate = (weights: string, out: string, ...more: string[]) =>
    cli('generate', film.script, ...common(), '--weights', weights, '--out', at(out), ...more);

  it('each alone, in the order in which they need each other', async () => {
    const weights = at('stages', 'weights');
    await cp(random, weights, { recursive: true });
    for (const stage of tinyStages) {
      const { code, err, out } = await train(stage, 'stages', '--steps', '2');
      expect([code, out], err).toEqual([
        0,
        expect.stringContaining(`${stage}: trained; weights in ${weights}`),
      ]);
      const made = await generate(weights, 'film', '--stage', shows[stage], '--seed', '3');
      expect(made.code, `${stage}: ${made.err}`).toBe(0);
    }
  }, 240_000);

  it('all from nothing, stopped between and within stages, then a film', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const stopAt = (event: TrainEvent): void => {
      seen.push(event.type);
      if (event.type === 'preparing' && event.stage === 'tokenizer') stop.abort(new Error('stopped here'));
    };
    const options = { preset, out: at('runs'), cache: at('cache'), threads: 1, signal: stop.signal };
    const stopped = (async () => {
      for await (const event of trainStages('all', options)) stopAt(event);
    })();
    await expect(stopped).rejects.toThrow('stopped here');
    expect(seen.filter((type) => type === 'trained')).toHaveLength(4);
    const before = await filesOf(at('runs', 'weights'));

    const all = await cli('train', 'all', ...common(), '--out', at('runs'), '--cache', at('cache'));
    expect(all.code, all.err).toBe(0);
    expect(all.err).toMatch(/vae: all 4 steps are done; its weights are saved again/);
    expect(all.err).not.toMatch(/not in .*read from/);
    expect(all.out.match(/^(\w+): trained/gm)).toEqual(tinyStages.map((stage) => `${stage}: trained`));
    const after = await filesOf(at('runs', 'weights'));
    delete before['vae/diffusion_pytorch_model.safetensors']; // its decoder is finished by a later stage
    expect(after).toMatchObject(before);
    expect((await readdir(at('runs', 'weights'))).sort()).toEqual(
      [
        ...['animator', 'autoregressor', 'clip', 'compressor', 'decoder', 'detector', 'face', 'renderer'],
      ].concat(...[['unet', 'vae']]),
    );
    // the command that the training printed, and what its metrics are measured with
    expect(all.err).toContain(`--preset ${preset} --weights ${at('runs', 'weights')}`);
    const made = await generate(at('runs', 'weights'), 'film-all');
    expect(made.code, made.err).toBe(0);
    expect(await readdir(at('film-all'))).toEqual(expect.arrayContaining(['movie.mp4', 'storyboard.html']));
    const figures = await cli('evaluate', at('film-all'), ...common(), '--weights', at('runs', 'weights'));
    expect(figures.code, figures.err).toBe(0);
  }, 240_000);

  it('starts from another training, from the U-Net where its decoder was not kept', async () => {
    await cp(at('runs', 'weights'), at('shared'), { recursive: true });
    await rm(at('shared', 'decoder'), { recursive: true });
    const from = ['--from', at('shared'), '--weights', at('warm', 'weights'), '--steps', '2'];
    await mkdir(at('warm', 'weights'), { recursive: true });
    for (const part of ['vae', 'clip'])
      await cp(at('runs/weights', part), at('warm/weights', part), { recursive: true });
    const { code, err } = await train('tokenizer', 'warm', ...from);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/has no decoder: it starts from unet and renderer/),
    ]);
    const none = await train('all', 'cold', '--from', at('cache'));
    expect([none.code, none.err]).toEqual([
      1,
      expect.stringMatching(/vae: --from .*no such models there: vae/),
    ]);
    expect(await readdir(film.folder)).not.toContain('cold');
  });

  it('says which stages a preset has settings for', async () => {
    await cp(preset, at('few'), { recursive: true });
    await rm(at('few', 'training', 'clip.json'));
    const { code, err } = await cli('train', 'clip', '--preset', at('few'), '--out', at('none'));
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /no settings to train clip, .*few\/training\/clip\.json; it has some for vae, face, detector/,
      ),
    ]);
    await rm(at('few', 'training'), { recursive: true });
    const all = await cli('train', 'all', '--preset', at('few'), '--out', at('none'));
    expect([all.code, all.err]).toEqual([1, expect.stringMatching(/it has none for any stage/)]);
    expect(await readdir(film.folder)).not.toContain('none');
  });
});
