import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Checkpoint,
  float16ToFloat32,
  float32ToFloat16,
  streamSafetensors,
} from '../../checkpoints/index.ts';
import { ModelLoader } from '../../inference/index.ts';
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
let original: string;

const values = async (): Promise<Map<string, Float32Array>> => {
  const checkpoint = await Checkpoint.open(context.preset.layers('vae'));
  const all = new Map<string, Float32Array>();
  for (const name of checkpoint.names()) all.set(name, (await checkpoint.readFloat32(name)).data);
  await checkpoint.close();
  return all;
};
/** As it is after half precision. */
const halved = (values: Float32Array): Float32Array => float16ToFloat32(float32ToFloat16(values));
async function writeHalves(path: string): Promise<void> {
  const checkpoint = await Checkpoint.open([path]);
  const tensors = [];
  const halves = new Map<string, Float32Array>();
  for (const name of checkpoint.names()) {
    const { data, shape } = await checkpoint.readFloat32(name);
    halves.set(name, halved(data));
    tensors.push({ name, dtype: 'float32', shape } as const);
  }
  await checkpoint.close();
  await streamSafetensors(path, tensors, ({ name }) => [halves.get(name) as Float32Array]);
}
const encode = async (): Promise<Float32Array> => {
  const codec = await new ModelLoader(context.preset, context.host).imageCodec();
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
  const weights = (file: string): string => join(tiny.weights, 'vae', `${file}.safetensors`);
  await rename(weights('model'), weights('diffusion_pytorch_model'));
  context = {
    preset: await Preset.open(tiny.preset, { weights: tiny.weights }),
    host: await WorkerHost.start({ threads: 1 }),
    seed: 1,
    cache: join(folder, 'cache'),
    say: () => {},
  };
  await writeHalves(weights('diffusion_pytorch_model')); // as trained weights are
  first = await values();
  original = join(folder, 'original.safetensors');
  await copyFile(weights('diffusion_pytorch_model'), original);
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

  it('makes batches that follow from their number', async () => {
    const task = await finishStage(context);
    const [a, b, other] = [await task.batch(2), await task.batch(2), await task.batch(3)];
    expect(a).toEqual(b);
    expect(a.image).not.toEqual(other.image);
    expect(a.latents?.shape).toEqual([2, 4, 10, 10]);
    expect(a.image?.shape).toEqual([2, 3, 40, 40]);
    expect(a.rows?.shape).toEqual([2, 1, 28, 40]);
    const fades = await Promise.all([0, 1, 2, 9].map(async (i) => (await task.batch(i)).fade?.data[0]));
    expect(fades).toEqual([0, 0.5, 1, 1]);
  });

  it('stopped and gone on with, ends as if it had not been; the encoder stays, and the decoder is read back', async () => {
    const before = await encode(); // with a config that has a tail: the encoder does not know it
    const stop = new AbortController();
    const onProgress: TrainOptions['onProgress'] = ({ step }) => void (step === 3 && stop.abort());
    await expect(run('stopped', { onProgress, signal: stop.signal })).rejects.toThrow(/stopped at step 3/);
    expect(await values()).toEqual(first);
    await run('stopped');
    const trained = await values();
    const file = join(context.preset.weights('vae'), 'evaluation.json');
    const evaluation = JSON.parse(await readFile(file, 'utf8'));
    await copyFile(original, join(context.preset.weights('vae'), 'diffusion_pytorch_model.safetensors'));
    await rm(file);
    await run('whole');
    expect(await log('stopped')).toBe(await log('whole'));
    expect(await values()).toEqual(trained);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(evaluation);
    for (const [name, was] of first) {
      const isSame = name.startsWith('encoder.') || name.startsWith('quant_conv.');
      expect(trained.get(name)?.join() === was.join(), name).toBe(isSame);
    }
    expect(trained.get('decoder.tail.conv_out.weight')?.some((v) => v !== 0)).toBe(true);
    expect([...trained.keys()].filter((name) => name.startsWith('discriminator'))).toEqual([]);
    expect(await encode()).toEqual(before);
    expect(evaluation.frames).toBe(2);
    for (const part of ['before', 'after'])
      for (const kind of ['vae', 'tokens', 'generated'])
        expect(evaluation[part][`${kind}Ssim`], `${part} ${kind}`).toBeGreaterThan(-1);
    // one row of truth, and two kinds of latents before and after
    const sheet = await readImage(join(folder, 'whole', 'samples', '0000004.png'));
    expect(sheet.width).toBeGreaterThan(5 * 112);
  });

  it('saved a second time, is still compared with what it began from', async () => {
    const file = join(context.preset.weights('vae'), 'evaluation.json');
    const evaluation = await readFile(file, 'utf8');
    const trained = await values();
    await run('whole');
    expect(await readFile(file, 'utf8')).toBe(evaluation);
    expect(await values()).toEqual(trained);
  });

  it('learns to paint twice the pixels a side from the same latents', async () => {
    await copyFile(original, join(context.preset.weights('vae'), 'diffusion_pytorch_model.safetensors'));
    const path = join(context.preset.folder, 'vae', 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    const settings = join(context.preset.folder, 'training', 'finish.json');
    const plain = await readFile(settings, 'utf8');
    await writeFile(path, JSON.stringify({ ...config, out_patch_size: 4, out_channels: 48 }));
    await writeFile(settings, JSON.stringify({ ...JSON.parse(plain), margin: 8, crop: 48, steps: 2 }));
    const task = await finishStage(context);
    const { image, latents } = await task.batch(0);
    expect([image?.shape, latents?.shape]).toEqual([
      [2, 3, 64, 64],
      [2, 4, 8, 8],
    ]);
    // the last layer begins as it was, each pixel repeated
    const was = first.get('decoder.conv_out.bias') as Float32Array; // [3, 2, 2]
    const now = (await task.initial?.read('decoder.conv_out.bias')) as Float32Array; // [3, 4, 4]
    expect([now[0], now[1], now[2], now[5], now[47]]).toEqual([was[0], was[0], was[1], was[0], was[11]]);
    await run('larger');
    const codec = await new ModelLoader(context.preset, context.host).imageCodec();
    const [painted] = await codec.paint(new Float32Array(4 * 16 * 28), 1, 112, 64);
    expect([painted?.width, painted?.height]).toEqual([224, 128]);
    await codec.release();
    const sheet = await readImage(join(folder, 'larger', 'samples', '0000002.png'));
    expect(sheet.width).toBeGreaterThan(5 * 224);
    await copyFile(original, join(context.preset.weights('vae'), 'diffusion_pytorch_model.safetensors'));
    await writeFile(path, JSON.stringify(config));
    await writeFile(settings, plain);
  });

  it('learns two losses that share no gradients', async () => {
    const task = await finishStage(context);
    const [record] = (await log('whole')).split('\n').map((line) => JSON.parse(line || '{}'));
    expect(record.discriminatorGradNorm).toBeGreaterThan(0);
    expect(record.gradNorm).toBeGreaterThan(0);
    expect(task.parameters.some(({ name }) => name === 'discriminator.layers.0.weight')).toBe(true);
  });

  it('refuses what does not fit', async () => {
    const path = join(context.preset.folder, 'training', 'finish.json');
    const settings = JSON.parse(await readFile(path, 'utf8'));
    const given = async (changes: object): Promise<void> =>
      writeFile(path, JSON.stringify({ ...settings, ...changes }));
    await given({ crop: 60 });
    await expect(finishStage(context)).rejects.toThrow(/crop \+ 2 margin at most 64; got crop 60, margin 4/);
    await given({ margin: 3 });
    await expect(finishStage(context)).rejects.toThrow(/multiples of 4 pixels/);
    await given({ tokensShare: 0.6 });
    await expect(finishStage(context)).rejects.toThrow(
      /generatedShare and tokensShare are together more than 1/,
    );
    await given({});
  });
});
