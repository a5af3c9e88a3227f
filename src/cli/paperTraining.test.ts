import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Checkpoint } from '../checkpoints/index.ts';
import { Preset } from '../presets/index.ts';
import { cli, filesOf, type TinyFilm, tinyFilm } from '../testing/tinyFilm.ts';
import { writeTinyPaper } from '../testing/tinyPaper.ts';

const short = { steps: 2, batchSize: 2, checkpointEvery: 1, sampleEvery: 2 };
const r = { r: 2, alpha: 4 };
const attention = ['to_q', 'to_k', 'to_v', 'to_out.0'];
const settings = {
  tokenizer: { ...short, freezeDecoderSteps: 1, lora: { ...r, targets: attention } },
  autoregressor: { ...short, length: 200, lora: { ...r, targets: ['q_proj', 'v_proj'], base: 'int4' } },
  renderer: { ...short, lora: { ...r, targets: attention } },
};
const data = {
  width: 112,
  height: 64,
  train: { seed: 1, episodes: 1, shots: [3, 4] },
  validation: { seed: 2, episodes: 1, shots: [3, 3] },
};

describe("the paper's preset, small, trained over published layouts", () => {
  let film: TinyFilm;
  let preset: string;
  let weights: string;
  const models = (): string[] => ['--preset', preset, '--weights', weights];
  const generate = (out: string, ...more: string[]) =>
    cli('generate', film.script, ...models(), '--threads', '1', '--out', join(film.folder, out), ...more);
  const train = (...args: string[]) =>
    cli(
      ...['train', ...args, ...models(), '--threads', '1', '--json'],
      ...['--out', join(film.folder, 'runs'), '--cache', join(film.folder, 'cache')],
    );

  beforeAll(async () => {
    film = await tinyFilm();
    vi.stubEnv('XDG_CACHE_HOME', join(film.folder, 'home')); // `models clean` clears it as well
    preset = await writeTinyPaper(film.folder);
    weights = join(film.folder, 'synth');
    const own = await Preset.open('paper');
    const json = (stage: string, value: object): Promise<void> =>
      writeFile(join(preset, 'training', `${stage}.json`), JSON.stringify(value));
    await json('data', data);
    for (const [stage, changes] of Object.entries(settings))
      await json(stage, { ...(await own.config('training', `${stage}.json`)), ...changes });
    const { code } = await cli('models', 'synth', '--preset', preset, '--out', weights, '--seed', '3');
    expect(code).toBe(0);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await film?.remove();
  });

  it('says what memory every stage will take, before any picture is drawn', async () => {
    const { code, events } = await train('all', '--plan');
    expect(code).toBe(0);
    expect(events.map(({ type, stage }) => `${type} ${stage}`)).toEqual([
      ...['data tokenizer', 'memory tokenizer'],
      ...['data autoregressor', 'memory autoregressor'],
      ...['data renderer', 'memory renderer'],
      'notice undefined', // all stages together
    ]);
    for (const { frozen } of events.filter(({ type }) => type === 'memory'))
      expect(frozen).toBeGreaterThan(1000);
    const [first, ...others] = events.filter(({ type }) => type === 'data');
    expect(first?.missing).toBe(first?.bytes);
    for (const { bytes } of [first, ...others] as { bytes: number }[])
      expect(bytes).toBeGreaterThan(6 * 112 * 64 * 3); // the frames, and what is computed of them
    expect(Object.keys(await filesOf(film.folder)).filter((name) => name.startsWith('cache/'))).toEqual([]);
  });

  it('trains all its stages, and makes a film with what they learned', async () => {
    const before = await generate('before', '--stage', 'keyframes');
    expect([before.code, before.err]).toEqual([0, expect.stringContaining('peak memory')]);
    const { code, events, err } = await train('all');
    expect([code, err]).toEqual([0, '']);
    expect(events.filter(({ type }) => type === 'trained').map(({ stage }) => stage)).toEqual(
      Object.keys(settings),
    );
    for (const [part, file] of [
      ['autoregressor', 'adapter_model.safetensors'],
      ['unet', 'pytorch_lora_weights.safetensors'],
    ] as const) {
      const adapter = await Checkpoint.open(join(weights, part, file), { alone: true });
      expect(adapter.names().some((name) => /lora/.test(name))).toBe(true);
      await adapter.close();
    }
    const made = await generate('after');
    expect(made.code).toBe(0);
    const picture = (folder: string): Promise<Buffer> =>
      readFile(join(film.folder, folder, 'keyframes/0001.png'));
    expect((await picture('after')).equals(await picture('before'))).toBe(false);
  });

  it('removes the copies that it made of published weights, when told to', async () => {
    const copies = async (): Promise<string[]> =>
      Object.keys(await filesOf(weights)).filter((name) => name.includes('.moviedreamer/'));
    expect((await copies()).length).toBeGreaterThan(3);
    const { code, out } = await cli('models', 'clean', ...models());
    expect([code, out.split('\n').at(-1)]).toEqual([0, expect.stringMatching(/MB freed$/)]);
    expect(await copies()).toEqual([]);
    expect((await cli('models', 'clean', ...models())).out).toBe('there were none');
  });

  it("is measured with the preset's own published encoders", async () => {
    const { code, out } = await cli('evaluate', join(film.folder, 'after'), ...models(), '--threads', '1');
    expect(code).toBe(0);
    expect(out).toMatch(/CLIP/);
    const { encoders } = JSON.parse(await readFile(join(film.folder, 'after/evaluation.json'), 'utf8'));
    expect(JSON.stringify(encoders)).toContain('clip-vit-large-patch14');
    expect(JSON.stringify(encoders)).toContain('FaRL');
  });
});
