import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grad } from '../autodiff/index.ts';
import { compile, f32, input, mean, Parameters, sizeOf, square, type TensorData } from '../graph/index.ts';
import { ModelLoader } from '../inference/loader.ts';
import {
  autoregressorConfig,
  autoregressorStep,
  cachedStepFeeds,
  cachedStepInputs,
  type SequenceItem,
  unknownLength,
} from '../models/autoregressor/index.ts';
import { cacheTensor, currentName } from '../models/llama/index.ts';
import { readUNet2DConfig, unet2d } from '../models/unet2d/index.ts';
import { Preset } from '../presets/preset.ts';
import { Random } from '../random/index.ts';
import { layoutParameters, WorkerHost } from '../runtime/index.ts';
import { freshValues } from '../testing/gradients.ts';
import { writeRandomWeights } from '../testing/randomWeights.ts';
import { tinyModels } from '../testing/tinyModels.ts';
import { writeTinyPaper } from '../testing/tinyPaper.ts';
import { tinyTask } from '../testing/tinyTask.ts';
import { describeOnWebgpu, itInHalfPrecision } from '../testing/webgpu.ts';
import { trainingProgram } from '../training/stepProgram.ts';

function distance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [off, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    off += (got[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(off / norm);
}

const values = (t: TensorData | undefined): Float32Array => t?.data as Float32Array;

/** What a LLaMA says with its cache on a host: four positions, one, two. */
async function cachedLlama(host: WorkerHost): Promise<Float32Array> {
  const config = autoregressorConfig.parse({
    llama: {
      ...{ vocab_size: 20, hidden_size: 64, intermediate_size: 48, num_hidden_layers: 2 },
      ...{ num_attention_heads: 4, num_key_value_heads: 2 },
    },
    ...{ tokenDim: 6, sentenceDim: 5, faceDim: 4, mixture: { components: 2 } },
  });
  const random = Random.of(2, 'items');
  const items = Array.from(
    { length: 7 },
    (): SequenceItem => ({ kind: 'sentence', embedding: random.normals(5) }),
  );
  const parameters = new Parameters();
  const p = parameters.scope();
  const shape = { capacity: 16, bits: 32 } as const;
  const outputs = autoregressorStep(p, config, cachedStepInputs(p, config, shape));
  const session = await host.load(compile(outputs, { ...host.target, unknown: unknownLength }));
  const fresh = freshValues(Object.values(outputs), parameters);
  const weights = Object.fromEntries([...parameters].map(({ name }) => [name, fresh[name] as TensorData]));
  const { shape: slots } = cacheTensor(config.llama, shape);
  const update: Record<string, Awaited<ReturnType<WorkerHost['put']>>> = {};
  for (let i = 0; i < config.llama.layers; i++) {
    for (const name of [currentName(i, 'key'), currentName(i, 'value')])
      update[name] = await host.put(name, f32(new Float32Array(sizeOf(slots)), slots));
  }
  const past = Object.fromEntries(Object.entries(update).map(([name, r]) => [`past_${name}`, r]));
  const said: number[] = [];
  for (const [from, to] of [
    [0, 4],
    [4, 5],
    [5, 7],
  ] as const) {
    const feeds = { ...weights, ...past, ...cachedStepFeeds(items.slice(from, to), from, config) };
    said.push(...values((await session.run(feeds, { fetch: ['raw'], update })).raw));
  }
  await session.release();
  return Float32Array.from(said);
}

/** A U-Net's prediction on a host, and the gradients of its square. */
async function unetWithGradients(host: WorkerHost): Promise<Record<string, TensorData>> {
  const config = readUNet2DConfig({
    in_channels: 9, // as for inpainting
    out_channels: 2,
    block_out_channels: [4, 8],
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    layers_per_block: 1,
    attention_head_dim: 2,
    cross_attention_dim: 5,
    norm_num_groups: 2,
  });
  const parameters = new Parameters();
  const prediction = unet2d(parameters.scope(), config, {
    sample: input('sample', [2, 9, 6, 8]),
    timestep: input('timestep', [2]),
    encoderHiddenStates: input('rows', [2, 7, 5]),
  });
  const all = [...parameters];
  const gradients = grad(
    mean(square(prediction)),
    all.map((p) => p.tensor),
  );
  const outputs = Object.fromEntries(gradients.map((g, i) => [`d ${all[i]!.name}`, g]));
  const feeds = { ...freshValues([prediction], parameters), timestep: f32([7, 801], [2]) };
  const session = await host.load(compile({ prediction, ...outputs }, host.target));
  const results = await session.run(feeds);
  await session.release();
  return results;
}

describeOnWebgpu('models on WebGPU', () => {
  let cpu: WorkerHost;
  let gpu: WorkerHost;
  beforeAll(async () => {
    cpu = await WorkerHost.start({ threads: 1 });
    gpu = await WorkerHost.start({ device: 'webgpu', threads: 1 });
  });
  afterAll(async () => {
    await cpu.close();
    await gpu.close();
  });

  it('the autoregressor says the same tokens with its cache on the device', async () => {
    const tiny = await tinyModels();
    const say = async (host: WorkerHost): Promise<number[]> => {
      const model = await new ModelLoader(tiny.models.preset, host).autoregressor();
      const generation = await model.begin();
      const tokens: number[] = [];
      for (let i = 0; i < 6; i++) {
        const random = Random.of(3, 'frame', i);
        const layout = [
          { kind: 'identifier', text: '[START_OF_FRAME]' },
          { kind: 'sentence', text: `${i}` },
          { kind: 'visual', index: 0 },
          { kind: 'visual', index: 1 },
          { kind: 'identifier', text: '[END_OF_FRAME]' },
        ] as const;
        const frame = { layout, sentences: [random.normals(8)], faces: [] };
        const next = await generation.next(frame, Random.of(5, 'tokens', i));
        for (const token of next.tokens) tokens.push(...token);
      }
      await generation.release();
      await model.release();
      return tokens;
    };
    expect(distance(await say(gpu), await say(cpu))).toBeLessThan(1e-4);
    await tiny.close();
  });

  it('the autoregressor reads shots of many sentences, with its cache in place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'webgpu-'));
    try {
      const preset = await Preset.open(await writeTinyPaper(folder), { weights: join(folder, 'weights') });
      await writeRandomWeights(preset);
      const layout = [
        { kind: 'identifier', text: '[START_OF_FRAME]' },
        ...Array.from({ length: 40 }, (_, i) => ({ kind: 'sentence', text: `${i}` }) as const),
        { kind: 'visual', index: 0 },
        { kind: 'visual', index: 1 },
        { kind: 'identifier', text: '[END_OF_FRAME]' },
      ] as const;
      const say = async (host: WorkerHost): Promise<number[]> => {
        const models = new ModelLoader(preset, host, { autoregressor: { format: 'stored', cacheBits: 32 } });
        const model = await models.autoregressor();
        const generation = await model.begin();
        const tokens: number[] = [];
        for (let i = 0; i < 2; i++) {
          const random = Random.of(3, 'frame', i);
          const sentences = Array.from({ length: 40 }, () => random.normals(8));
          const next = await generation.next({ layout, sentences, faces: [] }, Random.of(5, 'tokens', i));
          for (const token of next.tokens) tokens.push(...token);
        }
        await generation.release();
        await model.release();
        return tokens;
      };
      expect(distance(await say(gpu), await say(cpu))).toBeLessThan(1e-4);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('LLaMA extends a cache on the device in place', async () => {
    expect(distance(await cachedLlama(gpu), await cachedLlama(cpu))).toBeLessThan(1e-4);
  });

  it('a U-Net predicts the same, and has the same gradients', async () => {
    const [got, expected] = [await unetWithGradients(gpu), await unetWithGradients(cpu)];
    const largest = Math.max(...Object.values(expected).map((t) => Math.hypot(...values(t))));
    for (const [name, t] of Object.entries(expected)) {
      // a bias before a norm has no gradient but rounding
      if (Math.hypot(...values(t)) < 1e-6 * largest) continue;
      expect(distance(values(got[name]), values(t)), name).toBeLessThan(2e-4);
    }
  });

  it('training steps learn the same', async () => {
    const task = tinyTask();
    const train = async (host: WorkerHost): Promise<Float32Array> => {
      const { layout, length } = layoutParameters(task.parameters);
      const store = await host.createStore(layout, length);
      const random = Random.of(4, 'values');
      await host.writeStore(
        store,
        'parameters',
        random.normals(length).map((v) => 0.3 * v),
      );
      const { program, gradients } = trainingProgram(task, { from: 0, trains: () => true }, host.target);
      const session = await host.load(program, { store, gradients });
      for (let step = 1; step <= 3; step++) {
        await session.run(await task.batch(step));
        await host.adamw(store, { lr: 0.02, step });
      }
      await session.release();
      const trained = await host.readStore(store, 'parameters');
      await host.dropStore(store);
      return trained;
    };
    expect(distance(await train(gpu), await train(cpu))).toBeLessThan(1e-5);
  });

  // ONNX Runtime's products add in half precision, too (docs/devices.md)
  itInHalfPrecision('in half precision LLaMA and a U-Net are near those of the CPU', async () => {
    const half = await WorkerHost.start({ device: 'webgpu', precision: 'float16', threads: 1 });
    try {
      const said = distance(await cachedLlama(half), await cachedLlama(cpu));
      expect(said).toBeGreaterThan(1e-5);
      expect(said).toBeLessThan(1e-2);
      const [got, expected] = [await unetWithGradients(half), await unetWithGradients(cpu)];
      expect(distance(values(got.prediction), values(expected.prediction))).toBeLessThan(1e-2);
      const all = (of: Record<string, TensorData>) =>
        Object.keys(expected).flatMap((k) => [...values(of[k])]);
      expect(distance(all(got), all(expected))).toBeLessThan(2e-2);
    } finally {
      await half.close();
    }
  });
});
