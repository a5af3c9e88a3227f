import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelLoader } from '../../inference/loader.ts';
import { newImage } from '../../media/index.ts';
import { Preset } from '../../presets/preset.ts';
import { WorkerHost } from '../../runtime/index.ts';
import { readWeights, type StageBuilder, type StageContext } from '../stage.ts';
import { TrainingError, train } from '../trainer.ts';
import { clipStage } from './clip.ts';
import { faceStage } from './face.ts';
import { textStage } from './text.ts';

const tower = { hidden_size: 24, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 2 };
const preprocess = { size: { height: 32, width: 32 }, do_center_crop: false };
const training = {
  batchSize: 8,
  learningRate: { peak: 2e-3, warmup: 4, kind: 'constant' },
  ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1, emaDecay: 0.9 },
};
const files = {
  'clip/config.json': {
    model_type: 'clip',
    projection_dim: 16,
    vision_config: { model_type: 'clip_vision_model', ...tower, image_size: 32, patch_size: 8 },
    text_config: {
      ...{ model_type: 'clip_text_model', ...tower, max_position_embeddings: 24 },
      ...{ vocab_size: 560, eos_token_id: 559 },
    },
  },
  'clip/preprocessor_config.json': preprocess,
  'face/config.json': {
    model_type: 'clip_vision_model',
    projection_dim: 16,
    ...tower,
    image_size: 32,
    patch_size: 8,
  },
  'face/preprocessor_config.json': preprocess,
  'training/data.json': {
    width: 112,
    height: 64,
    train: { seed: 1, episodes: 4, shots: [3, 3] },
    validation: { seed: 2, episodes: 2, shots: [3, 3] },
  },
  'training/clip.json': {
    ...{ ...training, steps: 30, checkpointEvery: 15, sampleEvery: 15 },
    ...{ sentences: 12, joined: 2, regions: 4, regionWeight: 0.5, sentenceLength: 16, textLength: 24 },
  },
  'training/face.json': {
    ...training,
    steps: 40,
    checkpointEvery: 20,
    sampleEvery: 40,
    temperature: 0.1,
    classWeight: 0.1,
  },
  'text/config.json': {
    model_type: 'clip_text_model',
    ...{ ...tower, projection_dim: 16, max_position_embeddings: 24, vocab_size: 560, eos_token_id: 559 },
  },
  'training/text.json': {
    ...{ ...training, batchSize: 4, steps: 40, checkpointEvery: 20, sampleEvery: 40 },
    ...{ pictureEpisodes: 3, sentences: 12, regions: 4, regionWeight: 0.5, pictureWeight: 0.5 },
    ...{ people: 8, others: 8, wordWeight: 0.02, classWeight: 0.5, sentenceLength: 24, otherLength: 16 },
  },
};

describe('contrastive stages', () => {
  let folder: string;
  let host: WorkerHost;
  let context: StageContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'moviedreamer-'));
    for (const [file, value] of Object.entries(files)) {
      const path = join(folder, 'toy', file);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, JSON.stringify(value));
    }
    host = await WorkerHost.start({ threads: 1 });
    const preset = await Preset.open(join(folder, 'toy'), { weights: join(folder, 'weights') });
    context = { preset, host, seed: 5, cache: join(folder, 'cache'), say: () => {} };
  });
  afterAll(async () => {
    await host.close();
    await rm(folder, { recursive: true });
  });

  /** Trains on one batch, again and again, and returns the losses of all steps; with `stopAt`, in two goes. */
  async function losses(build: StageBuilder, run: string, stopAt?: number): Promise<number[]> {
    const out = join(folder, run);
    const task = await build(context);
    const batch = await task.batch(0);
    const one = { ...task, batch: async () => structuredClone(batch) };
    const options = { host, seed: 5, folder: out };
    if (stopAt !== undefined) {
      const stop = new AbortController();
      const onProgress = ({ step }: { step: number }): void => {
        if (step === stopAt) stop.abort();
      };
      const stopped = train(one, { ...options, signal: stop.signal, onProgress });
      await expect(stopped).rejects.toThrow(TrainingError);
    }
    await train(one, options);
    const lines = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    return lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
  }
  const average = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

  it('clip learns a batch by heart, goes on where it was stopped, and can be opened', async () => {
    const whole = await losses(clipStage, 'clip');
    expect(average(whole.slice(-5))).toBeLessThan(0.6 * average(whole.slice(0, 3)));
    expect(await losses(clipStage, 'clip-in-two', 11)).toEqual(whole);

    const models = new ModelLoader(context.preset, host);
    const sentences = await (await models.sentenceEncoder({}, 'clip')).encode(['Night', 'Day']);
    expect(sentences).toHaveLength(32);
    const image = await (await models.imageEncoder()).encode([newImage(112, 64)]);
    expect([image.embeds.length, image.spatial.length]).toEqual([16, 16 * 24]);
    const found = JSON.parse(await readFile(join(folder, 'weights/clip/evaluation.json'), 'utf8'));
    expect(found).toMatchObject({ frames: 6, captionFirst: expect.any(Number) });
  });

  it('text learns a batch by heart from the weights of clip, which stay as they are', async () => {
    const clip = join(folder, 'weights/clip/model.safetensors');
    const before = await readFile(clip);
    const whole = await losses(textStage, 'text');
    expect(average(whole.slice(-5))).toBeLessThan(0.6 * average(whole.slice(0, 3)));
    expect(await losses(textStage, 'text-in-two', 23)).toEqual(whole);
    expect((await readFile(clip)).equals(before)).toBe(true);

    const saved = await readWeights([join(folder, 'weights/text')]);
    expect([...saved.keys()].filter((name) => !/^text_(model|projection)\./.test(name))).toEqual([]);
    const first = (await readWeights([join(folder, 'weights/clip')])).get('text_projection.weight');
    expect(saved.get('text_projection.weight')?.data).not.toEqual(first?.data);
    // the preset now has a text tower of its own, and sentences are embedded by it
    const models = new ModelLoader(
      await Preset.open(join(folder, 'toy'), { weights: join(folder, 'weights') }),
      host,
    );
    const [own, clips] = [await models.sentenceEncoder(), await models.sentenceEncoder({}, 'clip')];
    expect(await own.encode(['Night'])).not.toEqual(await clips.encode(['Night']));
    const found = JSON.parse(await readFile(join(folder, 'weights/text/evaluation.json'), 'utf8'));
    expect(found).toMatchObject({
      retrieval: { frames: 6 },
      said: { top: expect.any(Number), place: expect.any(Number) },
      expressionCosine: expect.any(Number),
    });
  });

  it('text asks for the weights of clip, and for embeddings as wide as theirs', async () => {
    const bare = await Preset.open(join(folder, 'toy'), { weights: join(folder, 'none') });
    await expect(textStage({ ...context, preset: bare })).rejects.toThrow(
      /text: needs the weights of clip.*npx moviedreamer train clip/,
    );
    const file = join(folder, 'toy/text/config.json');
    const config = await readFile(file, 'utf8');
    await writeFile(file, JSON.stringify({ ...JSON.parse(config), projection_dim: 8 }));
    await expect(textStage(context)).rejects.toThrow(
      /projection_dim must be 16 as in clip\/config.json, got 8/,
    );
    await writeFile(file, config);
  });

  it('face learns a batch by heart, goes on where it was stopped, and can be opened', async () => {
    const whole = await losses(faceStage, 'face');
    expect(average(whole.slice(-5))).toBeLessThan(0.5 * average(whole.slice(0, 3)));
    expect(await losses(faceStage, 'face-in-two', 27)).toEqual(whole);

    const saved = await readWeights([join(folder, 'weights/face')]);
    expect([...saved.keys()].filter((name) => name.startsWith('heads'))).toEqual([]);
    const found = JSON.parse(await readFile(join(folder, 'weights/face/evaluation.json'), 'utf8'));
    expect(Object.keys(found.named)).toEqual([
      'skin',
      'top',
      'hairColour',
      'hatColour',
      'facialHair',
      'glasses',
    ]);
    const faces = await (await new ModelLoader(context.preset, host).faceEncoder()).encode([
      newImage(40, 30),
    ]);
    expect(Math.hypot(...faces)).toBeCloseTo(1, 4);
  });
});
