import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameCount } from '../../corpus/index.ts';
import { Preset } from '../../presets/index.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import type { StageContext } from '../stage.ts';
import { type StageName, stages } from '../stages/index.ts';
import { train } from '../trainer.ts';
import { describeData, planData } from './dataPlan.ts';

/** Pixels' bytes of the drawn frames: 3 of 112 x 64 for validation, and 7 more to train on. */
const validation = 3 * 112 * 64 * 3;
const drawn = validation + 7 * 112 * 64 * 3;

describe('what a stage will write is known before it is drawn', () => {
  let folder: string;
  let context: StageContext;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'data-plan-'));
    const tiny = await writeTinyTheatre(folder, {
      tokenizer: { flip: 0.5, samples: 0 },
      renderer: { generatedTokens: 0.5, samples: 0 },
    });
    const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
    const host = await WorkerHost.start({ threads: 1 });
    context = { preset, host, seed: 1, cache: join(folder, 'cache'), say: () => {} };
  });
  afterAll(async () => {
    await context.host.close();
    await rm(folder, { recursive: true });
  });

  /** Bytes of all rows in a cache. */
  async function written(cache: string): Promise<number> {
    const files = await readdir(cache, { recursive: true });
    const sizes = files
      .filter((f) => /\.(rgb|f16)$/.test(f))
      .map(async (f) => (await stat(join(cache, f))).size);
    return (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
  }

  it.each([
    ['vae', 0],
    ['detector', 0],
    ['clip', 0],
    ['face', 0],
    ['tokenizer', 0],
    // how many sentences and faces there are depends on the scripts
    ['autoregressor', 0.02],
    ['renderer', 0.02],
    ['finish', 0.05],
    ['animator', 0],
  ] as const satisfies [StageName, number][])('%s', async (stage, tolerance) => {
    const own = { ...context, cache: join(folder, `cache-${stage}`) };
    const plan = await planData(own, stage);
    expect(plan.missing).toBe(plan.bytes);
    const least = { face: validation, finish: 2 * validation }; // the latter has three frames of its own
    expect(plan.bytes).toBeGreaterThanOrEqual(least[stage as keyof typeof least] ?? drawn);
    expect(await readdir(folder)).not.toContain(`cache-${stage}`);
    const task = await (await stages[stage]())(own);
    if (stage === 'tokenizer') await train(task, { host: own.host, seed: 1, folder: join(folder, 'run') });
    const real = await written(own.cache);
    expect(Math.abs(plan.bytes / real - 1)).toBeLessThanOrEqual(tolerance);

    const after = await planData(own, stage);
    expect([after.missing, after.bytes <= plan.bytes]).toEqual([0, true]);
    expect(describeData(stage, after)).toMatch(/all of it is there$/);
    // what earlier stages of the same call train again, invalidates what was computed with it, not what was drawn
    const trained = new Set(['clip', 'vae', 'face', 'compressor', 'autoregressor']);
    const again = await planData(own, stage, { trained, made: new Set() });
    expect(
      again.files.filter(({ missing }) => missing === 0).every(({ what }) => /frames|pictures/.test(what)),
    ).toBe(true);
  });

  it.each([
    [{ episodes: 3, shots: [3, 4] }, 3 + 4 + 3],
    [{ episodes: 8, shots: [16, 24] }, 16 + 17 + 18 + 19 + 20 + 21 + 22 + 23],
    [{ episodes: 5, shots: [2, 2] }, 10],
  ] as const)('counts the frames of %j', (set, count) => {
    expect(frameCount(set)).toBe(count);
  });
});
