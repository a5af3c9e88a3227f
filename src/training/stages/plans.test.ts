import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import { trainingMemory } from '../memoryPlan.ts';
import type { StageContext } from '../stage.ts';
import { planners, type StageName, stages } from './index.ts';

const unet = { r: 2, alpha: 3, targets: ['to_q', 'to_out.0'] };
const llama = { r: 2, alpha: 4, targets: ['q_proj'] };

describe.each([
  ['wholly', {}],
  [
    'by adapters',
    {
      tokenizer: { lora: unet, draftSteps: 0 },
      renderer: { lora: unet, draftSteps: 0 },
      autoregressor: { lora: llama },
    },
  ],
])('planned without data, trained %s', (_, changes) => {
  let folder: string;
  let context: StageContext;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plans-'));
    const tiny = await writeTinyTheatre(folder, changes);
    const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
    const host = await WorkerHost.start({ threads: 1 });
    context = { preset, host, seed: 1, cache: join(folder, 'cache'), say: () => {} };
  });
  afterAll(async () => {
    await context.host.close();
    await rm(folder, { recursive: true });
  });

  it.each(['tokenizer', 'renderer', 'autoregressor', 'finish'] as const satisfies StageName[])(
    '%s',
    async (stage) => {
      const before = await readdir(folder);
      const plan = await (await planners[stage]!())(context);
      expect(await readdir(folder)).toEqual(before);
      const from = stage === 'renderer' ? { ...context, from: join(folder, 'weights') } : context;
      const task = await (await stages[stage]())(from);
      expect(plan.parameters.map(({ name }) => name)).toEqual(task.parameters.map(({ name }) => name));
      const [planned, real] = [trainingMemory(plan), trainingMemory(task)];
      for (const part of ['parameters', 'gradients', 'moments', 'average', 'frozen'] as const)
        expect(planned[part], part).toBe(real[part]);
      // how many sentences a sequence has is known only with the scripts
      expect(Math.abs(planned.activations / real.activations - 1)).toBeLessThan(
        stage === 'autoregressor' ? 0.2 : 1e-9,
      );
    },
  );
});
