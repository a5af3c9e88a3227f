import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../media/index.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import { latentFeatures } from '../data/theatreFeatures.ts';
import { tokenFeatures } from '../data/tokenFeatures.ts';
import { framesOf, type StageContext } from '../stage.ts';
import type { TrainingTask } from '../task.ts';
import { train } from '../trainer.ts';
import { autoregressorStage } from './autoregressor.ts';
import { rendererStage } from './renderer.ts';
import { tokenizerStage } from './tokenizer.ts';

let folder: string;
let context: StageContext;

const run = (task: TrainingTask): Promise<unknown> =>
  train(task, { host: context.host, seed: 1, folder: join(folder, task.name) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyframe-stages-'));
  const tiny = await writeTinyTheatre(folder, {
    renderer: { generatedTokens: 0.5, tokenNoise: 0.5, peopleWeight: 3, flip: 0.5 },
  });
  context = {
    preset: await Preset.open(tiny.preset, { weights: tiny.weights }),
    host: await WorkerHost.start({ threads: 1 }),
    seed: 1,
    cache: join(folder, 'cache'),
    say: () => {},
  };
});
afterAll(async () => {
  await context.host.close();
  await rm(folder, { recursive: true });
});

/** The rows of an array as texts. */
const keysOf = (data: Float32Array, width: number): string[] =>
  Array.from({ length: data.length / width }, (_, i) => data.subarray(i * width, (i + 1) * width).join());

describe('the stages that make keyframes', () => {
  it('learn one after the other', async () => {
    await run(await tokenizerStage(context));
    expect(await readdir(context.preset.weights('decoder'))).toEqual(['model.safetensors']);
    await run(await autoregressorStage(context));
    const task = await rendererStage(context);
    expect(task.initial?.names.has('unet.conv_in.weight')).toBe(true);
    await run(task);
    // three pictures a frame: as drawn, from its tokens, from what the autoregressor said
    const sheet = await readImage(join(folder, 'renderer', 'samples', '0000004.png'));
    expect(sheet.width).toBeGreaterThan(6 * 112);

    const [a, b, other] = [await task.batch(3), await task.batch(3), await task.batch(2)];
    expect(a).toEqual(b);
    expect(a.tokens).not.toEqual(other.tokens);
    expect(a.people?.shape).toEqual([2, 1, 16, 28]);
    expect(a.places?.shape).toEqual([2, 22, 17]);
    expect(a.columns?.shape).toEqual([2, 28, 22]);
    expect((await task.batch(1)).clean?.shape).toEqual([3, 4, 16, 28]); // the draft's part of the run
  });

  it('keep the last episodes from the autoregressor, and teach the renderer with what it says of those', async () => {
    const file = join(context.preset.folder, 'training/data.json');
    const data = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...data, train: { ...data.train, unseen: 1 } }));
    const settings = join(context.preset.folder, 'training/renderer.json');
    const before = JSON.parse(await readFile(settings, 'utf8'));
    await writeFile(settings, JSON.stringify({ ...before, generatedTokens: 1, tokenNoise: 0, flip: 0 }));

    const set = await framesOf(context, 'train');
    const frames = (episode: number): number[] => (set.episodes[episode]?.frames ?? []).map(({ row }) => row);
    const tokens = await tokenFeatures(context, set);
    const seen = keysOf(tokens.batch(frames(0)), tokens.shape[1] as number);
    const autoregressor = await autoregressorStage(context);
    for (let step = 0; step < 6; step++) {
      const { visual } = await autoregressor.batch(step);
      const rows = keysOf(visual?.data as Float32Array, visual?.shape.at(-1) as number).filter(
        (key) => !/^[0,]+$/.test(key),
      );
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(seen).toContain(row);
    }

    const latents = await latentFeatures(context, set);
    const size = latents.shape.reduce((a, b) => a * b);
    const unseen = keysOf(latents.batch(frames(1)), size);
    const renderer = await rendererStage(context);
    for (
      let step = 0;
      step < 2;
      step++ // those of the draft, whose latents have no noise
    )
      for (const row of keysOf((await renderer.batch(step)).clean?.data as Float32Array, size))
        expect(unseen).toContain(row);
    const said = (await readdir(set.folder)).filter((name) => name.startsWith('generated-from-1-'));
    expect(said).toHaveLength(1);

    await writeFile(file, JSON.stringify({ ...data, train: { ...data.train, unseen: 2 } }));
    await expect(autoregressorStage(context)).rejects.toThrow(
      /train.unseen must be below train.episodes, 2, got 2/,
    );
    await writeFile(file, JSON.stringify(data));
  });
});
