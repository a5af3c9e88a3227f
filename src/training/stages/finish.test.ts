import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint } from '../../checkpoints/index.ts';
import { Models } from '../../inference/index.ts';
import { newImage, readImage, toTensor } from '../../media/index.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { writeTinyTheatre } from '../../testing/tinyTheatre.ts';
import type { StageContext } from '../stage.ts';
import { type TrainOptions, train } from '../trainer.ts';
import { finishStage } from './finish.ts';

let folder: string;
let context: StageContext;
/** What the VAE's file had before anything was trained. */
let first: Map<string, Float32Array>;
let encoded: Float32Array;

const values = async (): Promise<Map<string, Float32Array>> => {
  const checkpoint = await Checkpoint.open(context.preset.layers('vae'));
  const all = new Map<string, Float32Array>();
  for (const name of checkpoint.names()) all.set(name, (await checkpoint.readFloat32(name)).data);
  await checkpoint.close();
  return all;
};
const encode = async (): Promise<Float32Array> => {
  const codec = await new Models(context.preset, context.host).imageCodec();
  const picture = newImage(112, 64, [200, 40, 90]);
  const latents = await codec.encode(toTensor(picture).data as Float32Array, 1, 112, 64);
  await codec.release();
  return latents;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finish-stage-'));
  const tiny = await writeTinyTheatre(folder);
  const path = join(tiny.preset, 'vae', 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), tail_channels: 3 }));
  context = {
    preset: await Preset.open(tiny.preset, { weights: tiny.weights }),
    host: await WorkerHost.start({ threads: 1 }),
    seed: 1,
    cache: join(folder, 'cache'),
    say: () => {},
  };
  first = await values();
});
afterAll(async () => {
  await context.host.close();
  await rm(folder, { recursive: true });
});

describe('the finishing of the decoder', () => {
  const run = (name: string, options: Partial<TrainOptions> = {}): Promise<void> =>
    finishStage(context).then((task) =>
      train(task, { host: context.host, seed: 1, folder: join(folder, name), ...options }),
    );
  const log = (name: string): Promise<string> => readFile(join(folder, name, 'metrics.jsonl'), 'utf8');

  it('stops and goes on, to the byte of the log', async () => {
    const stop = new AbortController();
    const onProgress: TrainOptions['onProgress'] = ({ step }) => void (step === 3 && stop.abort());
    await expect(run('stopped', { onProgress, signal: stop.signal })).rejects.toThrow(/stopped at step 3/);
    const task = await finishStage(context);
    const [a, b, other] = [await task.batch(2), await task.batch(2), await task.batch(3)];
    expect(a).toEqual(b);
    expect(a.image).not.toEqual(other.image);
    expect(a.image?.shape).toEqual([2, 3, 40, 40]);
    expect(a.rows?.shape).toEqual([2, 1, 28, 40]);
    expect([0, 1, 2, 9].map(async (i) => (await task.batch(i)).fade?.data[0])).toHaveLength(4);
    expect((await task.batch(0)).fade?.data[0]).toBe(0);
    expect((await task.batch(1)).fade?.data[0]).toBe(0.5);
    expect((await task.batch(9)).fade?.data[0]).toBe(1);
    await run('stopped');
  });
});
