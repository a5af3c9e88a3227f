import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelLoader } from '../../inference/loader.ts';
import { type Image, newImage, readImage } from '../../media/index.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import type { StageContext } from '../stage.ts';
import { train } from '../trainer.ts';
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

  it('says which stages must come first', async () => {
    const weights = join(folder, 'none');
    const preset = await Preset.open(context.preset.folder, { weights });
    await expect(animatorStage({ ...context, preset })).rejects.toThrow(
      /animator: needs the weights of vae, clip, unet.*train vae, npx moviedreamer train clip, npx moviedreamer train renderer/,
    );
  });
});
