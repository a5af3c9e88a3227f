import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint, readConfig, SafetensorsFile } from '../checkpoints/index.ts';
import { Parameters } from '../graph/index.ts';
import { declarations } from '../inference/declare.ts';
import { readLlamaConfig } from '../models/llama/index.ts';
import { readUNet2DConfig } from '../models/unet2d/index.ts';
import { Preset } from '../presets/preset.ts';
import { WorkerHost } from '../runtime/index.ts';
import { writeRandomWeights } from '../testing/randomWeights.ts';
import { writeTinyTheatre } from '../testing/tinyTheatre.ts';
import { type StageContext, startedFrom } from './stage.ts';
import { autoregressorStage } from './stages/autoregressor.ts';
import { rendererStage } from './stages/renderer.ts';
import { tokenizerStage } from './stages/tokenizer.ts';
import { train } from './trainer.ts';

/**
 * Training and saving under the names of transformers and diffusers: the fixtures' configs and weights were written by
 * these libraries.
 */
const fixtures = 'fixtures';
const still = { learningRate: { peak: 1e-9, warmup: 0, kind: 'constant' }, weightDecay: 0, draftSteps: 0 };

let folder: string;
let from: string;
let context: StageContext;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'published-'));
  from = join(folder, 'published');
  const { draftSteps: _, ...autoregressor } = still;
  const tiny = await writeTinyTheatre(folder, { autoregressor, tokenizer: still, renderer: still });
  const preset = await Preset.open(tiny.preset, { weights: tiny.weights });
  const change = async (part: string, more: object): Promise<void> => {
    const config = { ...(await preset.config(part)), ...more };
    await writeFile(join(preset.folder, part, 'config.json'), JSON.stringify(config));
  };
  // the fixtures' widths, and what follows from them
  const unet = await readConfig(join(fixtures, 'train_unet'));
  await writeFile(join(preset.folder, 'unet/config.json'), JSON.stringify(unet));
  await change('compressor', { outputDim: 24 });
  await change('renderer', { tokenDim: 24, pooledDim: 16, columns: 0 });
  await change('autoregressor', { tokenDim: 24, llama: await readConfig(join(fixtures, 'train_llama')) });
  await writeRandomWeights(preset);
  for (const [part, fixture, file] of [
    ['autoregressor', 'train_llama', 'model.safetensors'],
    ['unet', 'train_unet', 'diffusion_pytorch_model.safetensors'],
  ] as const) {
    await mkdir(join(from, part), { recursive: true });
    await copyFile(join(fixtures, fixture, 'weights.safetensors'), join(from, part, file));
  }
  const host = await WorkerHost.start({ threads: 1 });
  context = { preset, host, seed: 1, cache: join(folder, 'cache'), say: () => {} };
});
afterAll(async () => {
  await context.host.close();
  await rm(folder, { recursive: true });
});

type Listing = Record<string, { shape: readonly number[]; dtype: string }>;
async function listing(path: string): Promise<Listing> {
  const checkpoint = await Checkpoint.open(path, { alone: true });
  await checkpoint.close();
  const entries = checkpoint
    .names()
    .sort()
    .map((name) => {
      const { shape, dtype } = checkpoint.info(name);
      return [name, { shape, dtype }];
    });
  return Object.fromEntries(entries) as Listing;
}
/** What a fixture holds, as half precision. */
const expected = async (fixture: string, but: readonly string[] = []): Promise<Listing> => {
  const all = await listing(join(fixtures, fixture, 'weights.safetensors'));
  const kept = Object.entries(all).filter(([name]) => !but.includes(name));
  return Object.fromEntries(kept.map(([name, { shape }]) => [name, { shape, dtype: 'float16' }]));
};
/** The largest difference between a saved tensor and the one that it started from. */
async function distance(saved: string, fixture: string, name: string): Promise<number> {
  const [a, b] = await Promise.all(
    [saved, join(fixtures, fixture, 'weights.safetensors')].map(async (path) => {
      const file = await SafetensorsFile.open(path);
      return (await file.readFloat32(name).finally(() => file.close())).data;
    }),
  );
  return Math.max(...(a as Float32Array).map((v, i) => Math.abs(v - (b?.[i] as number))));
}

describe('published layouts', () => {
  it('are those of LlamaForCausalLM, with additions in a file of their own', async () => {
    const run = { ...context, from };
    const task = await startedFrom(await autoregressorStage(run), from);
    expect(task.initial?.names.size).toBe(20); // all of the file but lm_head, which nothing here reads
    await train(task, { host: context.host, seed: 1, folder: join(folder, 'runs/autoregressor') });
    const place = context.preset.weights('autoregressor');
    expect((await readdir(place)).sort()).toEqual([
      'additions.safetensors',
      'config.json',
      'model.safetensors',
    ]);
    const model = join(place, 'model.safetensors');
    expect(await listing(model)).toEqual(await expected('train_llama', ['lm_head.weight']));
    expect(await distance(model, 'train_llama', 'model.layers.1.self_attn.v_proj.weight')).toBeLessThan(1e-3);
    const additions = Object.keys(await listing(join(place, 'additions.safetensors')));
    expect(additions).toContain('gmm_head.weight');
    expect(additions.some((name) => name.startsWith('model.'))).toBe(false);
    for (const file of ['model', 'additions']) {
      const open = await SafetensorsFile.open(join(place, `${file}.safetensors`));
      expect(Object.fromEntries(open.metadata)).toEqual({ format: 'pt' });
      await open.close();
    }
    const config = JSON.parse(await readFile(join(place, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({ architectures: ['LlamaForCausalLM'], model_type: 'llama' });
    expect(readLlamaConfig(config)).toEqual(readLlamaConfig(await readConfig(join(fixtures, 'train_llama'))));
  });

  it('start a run, both files of them', async () => {
    const place = context.preset.weights('autoregressor');
    const saved = { ...context, from: context.preset.weightsFolder };
    const task = await startedFrom(await autoregressorStage(saved), saved.from);
    const names = task.parameters.map(({ name }) => name).sort();
    expect([...(task.initial?.names ?? [])].sort()).toEqual(names);
    const checkpoint = await Checkpoint.open(place);
    await checkpoint.close();
    expect(checkpoint.names().sort()).toEqual(names);
  });

  it("are those of diffusers' UNet2DConditionModel", async () => {
    const tokenizer = await tokenizerStage(context);
    await train(tokenizer, { host: context.host, seed: 1, folder: join(folder, 'runs/tokenizer') });
    await mkdir(join(from, 'renderer'), { recursive: true });
    const renderer = join(context.preset.weights('renderer'), 'model.safetensors');
    await copyFile(renderer, join(from, 'renderer/model.safetensors'));
    const task = await startedFrom(await rendererStage({ ...context, from }), from);
    const count = Object.keys(await expected('train_unet')).length;
    expect([...(task.initial?.names ?? [])].filter((name) => name.startsWith('unet.'))).toHaveLength(count);
    const place = context.preset.weights('unet');
    await rm(place, { recursive: true });
    await train(task, { host: context.host, seed: 1, folder: join(folder, 'runs/renderer') });
    expect((await readdir(place)).sort()).toEqual(['config.json', 'diffusion_pytorch_model.safetensors']);
    const file = join(place, 'diffusion_pytorch_model.safetensors');
    expect(await listing(file)).toEqual(await expected('train_unet'));
    expect(await distance(file, 'train_unet', 'mid_block.attentions.0.proj_in.weight')).toBeLessThan(1e-3);
    const config = await readConfig(place);
    expect(config).toEqual(await readConfig(join(fixtures, 'train_unet')));
    expect(readUNet2DConfig(config).contextWidth).toBe(24);
  });

  it.each([
    ['llama', 'autoregressor'],
    ['unet_sdxl', 'unet'],
  ] as const)('declare exactly what %s holds', async (fixture, part) => {
    const json = await readConfig(join(fixtures, fixture));
    const parameters = new Parameters();
    const config = part === 'unet' ? json : { llama: json, tokenDim: 8, sentenceDim: 8, faceDim: 8 };
    declarations[part](parameters.scope(), config);
    const own = [...parameters].filter(({ name }) => part === 'unet' || name.startsWith('model.'));
    const shapes = Object.fromEntries(own.map(({ name, shape }) => [name, { shape, dtype: 'float16' }]));
    expect(shapes).toEqual(await expected(fixture, ['lm_head.weight']));
  });
});
