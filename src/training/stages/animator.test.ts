import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelLoader } from '../../inference/loader.ts';
import { type Image, newImage, readImage } from '../../media/index.ts';
import { initialValues } from '../../nn/index.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import type { StageContext } from '../stage.ts';
import { train } from '../trainer.ts';
import { weightsOf } from '../weights.ts';
import { animatorStage } from './animator.ts';

let folder: string;
let context: StageContext;
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'animator-stage-'));
  const tiny = await writeTinyTheatre(folder);
  context = {
    preset: await Preset.open(tiny.preset, { weights: tiny.weights }),
    host: await WorkerHost.start({ threads: 1 }),
    seed: 1,
    cache: join(folder, 'cache'),
    say: (text) => said.push(text),
  };
});
afterAll(async () => {
  await context.host.close();
  await rm(folder, { recursive: true });
});

describe('the animator stage', () => {
  it('draws and encodes clips once, trains from the image weights, and saves what generate animates with', async () => {
    const task = await animatorStage(context);
    expect(said.some((s) => s.includes('drawing train clips 3/3'))).toBe(true);
    const files = await readdir(join(folder, 'cache'), { recursive: true });
    const cached = files.filter((f) => /\/clip.*\.f16$/.test(f) && f.includes('train'));
    expect(cached).toHaveLength(2);
    expect(task.initial?.names.has('conv_in.weight')).toBe(true);
    expect([...(task.initial?.names ?? [])].some((k) => k.includes('temporal'))).toBe(false);

    said.length = 0;
    await animatorStage(context);
    expect(said).toEqual([]); // nothing was drawn again

    const run = join(folder, 'run');
    const figures: object[] = [];
    await train(task, { host: context.host, seed: 1, folder: run, onValidation: (f) => figures.push(f) });
    expect(figures).toEqual([{ validation_error: expect.any(Number) }]);
    const sheet = await readImage(join(run, 'samples', '0000004.png'));
    expect(sheet.width).toBeGreaterThan(3 * 56);
    expect((await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(5);

    const models = new ModelLoader(context.preset, context.host);
    const codec = await models.imageCodec();
    const animator = await models.animator(codec, async () => new Float32Array(8));
    const frames: Image[] = [];
    for await (const frame of animator.animate(newImage(112, 64), { segments: 1, seed: 1, path: ['test'] }))
      frames.push(frame);
    expect(frames).toHaveLength(3);
    await animator.release();
    await codec.release();
  });

  it('makes batches from the step number alone, with the window begun by its still and the rows of the keyframe', async () => {
    const task = await animatorStage(context);
    const [a, b, other] = [await task.batch(7), await task.batch(7), await task.batch(8)];
    expect(a).toEqual(b);
    expect(a.noisy).not.toEqual(other.noisy);
    expect(a.noisy?.shape).toEqual([2, 3, 4, 16, 28]);
    expect(a.still?.shape).toEqual([2, 1, 4, 16, 28]);
    expect(a.context?.shape).toEqual([2, 1, 8]);
    const fps = [...Array(12).keys()].map(async (i) => Number((await task.batch(i)).added_ids?.data[0]));
    expect(new Set(await Promise.all(fps))).toEqual(new Set([11, 5]));
  });

  it('makes a still clip before it has learned, and a moving one after, from the keyframe’s own latents', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'animator-keyframe-'));
    const tiny = await writeTinyTheatre(folder, {
      animator: { learningRate: { peak: 0.01, warmup: 0, kind: 'constant' }, pureNoise: 1, beginShrink: 0.5 },
    });
    const config = join(tiny.preset, 'animator', 'config.json');
    const own = JSON.parse(await readFile(config, 'utf8'));
    await writeFile(config, JSON.stringify({ ...own, keyframe_channels: 4, change_scale: 0.5 }));
    const theatre = await Preset.open('theatre');
    const scheduler = await theatre.config('animator', 'scheduler_config.json');
    await writeFile(join(tiny.preset, 'animator', 'scheduler_config.json'), JSON.stringify(scheduler));
    const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
    const own2 = { ...context, preset, cache: join(folder, 'cache') };
    const task = await animatorStage(own2);
    const batch = await task.batch(0);
    expect(batch.keyframe?.shape).toEqual([2, 4, 16, 28]);
    expect(await task.batch(0)).toEqual(batch);

    const models = new ModelLoader(preset, context.host);
    const codec = await models.imageCodec();
    const keyframe = newImage(112, 64);
    keyframe.data.forEach((_, i) => {
      keyframe.data[i] = (i * 7) % 256;
    });
    const clip = async (): Promise<Image[]> => {
      const settings = {
        steps: 1,
        paints: 'changes',
        noiseAugmentation: 0,
        minGuidance: 1,
        maxGuidance: 1,
      } as const;
      const animator = await models.animator(codec, async () => new Float32Array(8), settings);
      const frames: Image[] = [];
      for await (const frame of animator.animate(keyframe, { segments: 2, seed: 1, path: ['still'] }))
        frames.push(frame);
      await animator.release();
      return frames;
    };
    const fresh = new Map(
      task.parameters.map((p) => [p.name, new Float32Array(initialValues(p, 1))] as const),
    );
    await task.save(weightsOf(fresh), () => ({}) as never);
    for (const frame of await clip()) expect(frame.data).toEqual(keyframe.data);

    await train(task, { host: context.host, seed: 1, folder: join(folder, 'run') });
    const learned = await clip();
    expect(learned[0]).toBe(keyframe);
    expect(learned[4]?.data).not.toEqual(keyframe.data);
    await codec.release();
    await rm(folder, { recursive: true });
  });

  it('says which stages must come first', async () => {
    const weights = join(folder, 'none');
    const preset = await Preset.open(context.preset.folder, { weights });
    await expect(animatorStage({ ...context, preset })).rejects.toThrow(
      /animator: needs the weights of vae, clip, unet.*train vae, npx moviedreamer train clip, npx moviedreamer train renderer/,
    );
  });
});
