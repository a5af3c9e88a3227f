import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../media/index.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import type { StageContext } from '../stage.ts';
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
});
