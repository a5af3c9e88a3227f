import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameImage } from '../../corpus/index.ts';
import { ModelLoader } from '../../inference/index.ts';
import { toTensor } from '../../media/index.ts';
import { Preset } from '../../presets/index.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import { framesOf, type StageContext } from '../stage.ts';
import { startedFrom } from '../startedFrom.ts';
import { train } from '../trainer.ts';
import { vaeStage } from './vae.ts';

interface Latents {
  mean: number[];
  std: number[];
  components?: number[][];
}

describe('the vae stage', () => {
  let folder: string;
  let host: WorkerHost;
  let tiny: { preset: string; weights: string };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vae-stage-'));
    tiny = await writeTinyTheatre(folder);
    host = await WorkerHost.start({ threads: 1 });
  });
  afterAll(async () => {
    await host.close();
    await rm(folder, { recursive: true });
  });

  const contextOf = async (out: string, more: Partial<StageContext> = {}): Promise<StageContext> => ({
    preset: await Preset.open(tiny.preset, { weights: join(folder, out) }),
    host,
    seed: 1,
    cache: join(folder, 'cache'),
    say: () => {},
    ...more,
  });
  const withConfig = async (part: string, changes: object): Promise<void> => {
    const path = join(tiny.preset, part);
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...changes }));
  };
  const latentsIn = async (out: string): Promise<Latents> =>
    JSON.parse(await readFile(join(folder, out, 'vae/latents.json'), 'utf8'));

  // channels of the VAE 4, patches of latents 1 or 4, all directions or the main ones
  it.each([
    ['plain', {}, 4, 4],
    ['patched', { latent_patch_size: 2 }, 16, 16],
    ['in directions', { latent_patch_size: 2, latent_components: 5 }, 16, 5],
    ['scaled', { latent_patch_size: 1, latent_components: 3, scaling_factor: 0.2 }, 4, 3],
  ])('writes statistics of latents, %s, that the loader reads', async (out, changes, channels, kept) => {
    await withConfig('vae/config.json', changes);
    const context = await contextOf(out);
    const task = await vaeStage(context);
    await train(task, { host, seed: 1, folder: join(folder, out, 'run') });
    const latents = await latentsIn(out);
    expect([latents.mean.length, latents.std.length]).toEqual([channels, kept]);
    if (kept < channels)
      expect(latents.components?.map((row) => row.length)).toEqual(Array(kept).fill(channels));

    // over the frames that it was measured on, standardised latents have mean 0 and on the whole variance 1
    const codec = await new ModelLoader(context.preset, host).imageCodec();
    expect(codec.latentShape(112, 64)[0]).toBe(kept);
    const set = await framesOf(context, 'train');
    let [sum, squares, count] = [0, 0, 0];
    for (let row = 0; row < set.count; row++) {
      const image = toTensor(await frameImage(set, row)).data as Float32Array;
      for (const v of await codec.encode(image, 1, 112, 64)) {
        sum += v;
        squares += v * v;
        count++;
      }
    }
    await codec.release();
    expect(Math.abs(sum / count)).toBeLessThan(0.1);
    expect(squares / count).toBeGreaterThan(0.7);
    expect(squares / count).toBeLessThan(1.3);
  });

  it('keeps the statistics of an encoder that stays as it is', async () => {
    await mkdir(join(folder, 'from'), { recursive: true });
    await withConfig('training/vae.json', { freezeEncoder: true, steps: 2 });
    const from = join(folder, 'scaled');
    const before = await latentsIn('scaled');
    const context = await contextOf('frozen', { from, seed: 9 });
    const task = await startedFrom(await vaeStage(context), from);
    await train(task, { host, seed: 9, folder: join(folder, 'frozen', 'run') });
    expect(await latentsIn('frozen')).toEqual(before);
  });

  it.each([
    [31, /crop must be a multiple of 4.*got 31/],
    [68, /fit into frames of 112x64.*got 68/],
  ])('refuses crops of %i before it draws', async (crop, message) => {
    await withConfig('training/vae.json', { crop });
    const context = await contextOf('wrong', { cache: join(folder, 'nothing') });
    await expect(vaeStage(context)).rejects.toThrow(message);
  });
});
