import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autoregressorConfig } from '../models/autoregressor/index.ts';
import { compressorConfig } from '../models/compressor/index.ts';
import { rendererContextConfig } from '../models/rendererContext/index.ts';
import { readUNet2DConfig } from '../models/unet2d/index.ts';
import { changed, changedConfigs, Preset, together, writeConfigs } from '../presets/index.ts';
import { autoregressorPlan, rendererPlan, tokenizerPlan } from './plans.ts';
import { defaultSettings } from './settings.ts';

describe('a variant of a preset', () => {
  let folder: string;
  let theatre: Preset;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
    theatre = await Preset.open('theatre');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('replaces keys, and merges objects within objects', () => {
    const json = { a: 1, b: { c: 2, d: [1, 2] }, e: { f: 3 } };
    expect(changed(json, { b: { d: [3] }, e: 4, g: { h: 5 } })).toEqual({
      a: 1,
      b: { c: 2, d: [3] },
      e: 4,
      g: { h: 5 },
    });
    expect(json.b.d).toEqual([1, 2]);
    expect(together({ x: { a: 1 }, y: { b: { c: 1 } } }, { y: { b: { d: 2 } }, z: { e: 3 } })).toEqual({
      x: { a: 1 },
      y: { b: { c: 1, d: 2 } },
      z: { e: 3 },
    });
  });

  it('is written whole, into a folder that opens like any preset', async () => {
    const plan = await tokenizerPlan(theatre, { ...defaultSettings, budget: 0.5 }, 8);
    const configs = await changedConfigs(
      theatre.folder,
      together(plan, rendererPlan(defaultSettings, false)),
    );
    await writeConfigs(folder, configs);
    const preset = await Preset.open(folder);
    expect(compressorConfig.parse(await preset.config('compressor'))).toMatchObject({
      ...{ outputTokens: 8, outputDim: 128, reducedDim: 32 },
    });
    const context = rendererContextConfig.parse(await preset.config('renderer'));
    expect(context).toMatchObject({ tokens: 8, pooledDim: 1024, places: true });
    const unet = readUNet2DConfig(await preset.config('unet'));
    expect(unet.textTime).toEqual({ sinusoid: 32, total: 1024 + 6 * 32 });
    expect(unet.draft).toMatchObject({ layers: 2, inner: 128, heads: 4 });
    expect(await preset.config('training', 'tokenizer.json')).toMatchObject({ steps: 400, draftSteps: 400 });
    const { peopleWeight } = await theatre.config('training', 'renderer.json'); // what no plan changes stays
    expect(await preset.config('training', 'renderer.json')).toMatchObject({
      ...{ identityRows: false, generatedTokens: 0, peopleWeight, learningRate: { kind: 'cosine' } },
    });
    expect(await readFile(join(folder, 'clip/config.json'), 'utf8')).toContain('"projection_dim": 128');
  });

  it('has a small autoregressor, and no larger one than its preset', async () => {
    const plan = await autoregressorPlan(theatre, defaultSettings, 24);
    const configs = await changedConfigs(theatre.folder, plan);
    const config = autoregressorConfig.parse(configs.get('autoregressor/config.json'));
    expect(config.llama).toMatchObject({ hiddenSize: 128, intermediateSize: 336, layers: 3, heads: 4 });
    expect(config).toMatchObject({ faceTokens: true, loss: 'nll+l1+l2' });
    expect(configs.get('training/data.json')).toMatchObject({
      width: 448,
      train: { seed: 1, episodes: 24, shots: [10, 12] },
    });
    const tiny = join(folder, 'tiny');
    await writeConfigs(
      tiny,
      new Map([
        ...configs,
        ['autoregressor/config.json', { llama: { hidden_size: 16, num_hidden_layers: 2 } }],
      ]),
    );
    const small = await autoregressorPlan(await Preset.open(tiny), defaultSettings);
    expect(small['autoregressor/config.json']).toEqual({});
  });
});
