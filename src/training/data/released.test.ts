import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FrameSet } from '../../corpus/index.ts';
import { Preset } from '../../presets/index.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { type FailingHost, failingHost } from '../../testing/failingHost.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import { framesOf, type StageContext } from '../stage.ts';
import { clipFeatures } from './clipFeatures.ts';
import { latentFeatures } from './theatreFeatures.ts';
import { sequenceSources, spatialFeatures, tokenFeatures } from './tokenFeatures.ts';

let folder: string;
let context: StageContext;
let set: FrameSet;
let host: FailingHost;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'released-'));
  const { preset, weights } = await writeTinyTheatre(folder);
  const worker = await WorkerHost.start({ threads: 1 });
  const opened = await Preset.open(preset, { weights });
  context = { preset: opened, host: worker, seed: 1, cache: join(folder, 'cache'), say: () => {} };
  set = await framesOf(context, 'validation');
  host = failingHost(worker);
});
afterAll(async () => {
  await context.host.close();
  await rm(folder, { recursive: true });
});

it.each([
  ['latents', (c: StageContext) => latentFeatures(c, set)],
  ['spatial tokens', (c: StageContext) => spatialFeatures(c, set)],
  ['compressed tokens', (c: StageContext) => tokenFeatures(c, set)],
  ['sequences', (c: StageContext) => sequenceSources(c, set)],
  ['clips', (c: StageContext) => clipFeatures(c, set, { count: 1, frames: 2, every: 1 })],
])('the models of %s are freed when their making stops', async (_, make) => {
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(make({ ...context, signal })).rejects.toThrow('stopped');
  expect(host.live()).toBe(0);
  expect(host.created()).toBeGreaterThan(0);
});
