import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  f32,
  type ParametersOptions,
  type Tensor,
  type TensorData,
  topological,
} from '../src/graph/index.ts';
import { autoregressorConfig } from '../src/models/autoregressor/index.ts';
import { rendererContextConfig } from '../src/models/rendererContext/index.ts';
import { readUNet2DConfig } from '../src/models/unet2d/index.ts';
import { Random } from '../src/random/index.ts';
import { WorkerHost } from '../src/runtime/index.ts';
import { autoregressorGraph } from '../src/training/graphs/autoregressor.ts';
import { rendererGraph } from '../src/training/graphs/renderer.ts';
import { trainingMemory } from '../src/training/memoryPlan.ts';
import { parametersOptions } from '../src/training/parametersOptions.ts';
import type { TrainingSettings, TrainingTask } from '../src/training/task.ts';
import { train } from '../src/training/trainer.ts';

// What a training takes, planned and measured: tsx bench/trainingMemory.ts [NAME...]
// Each training runs in a process of its own: three steps on drawn numbers, with checkpoint and all. Measured is the
// process's largest resident memory.

const common: TrainingSettings = {
  ...{ steps: 3, batchSize: 2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 },
  ...{ emaDecay: 0.99, checkpointEvery: 2, sampleEvery: 3 },
  learningRate: { peak: 1e-4, warmup: 0, kind: 'constant' },
};
const checkpointing = { activationCheckpointing: true };
const lean = { ...checkpointing, optimizer: 'adamw8bit', emaDecay: 0 } as const;

type Model = (settings: TrainingSettings, options: ParametersOptions) => TrainingTask;

const autoregressor =
  (layers: number, hidden: number, length: number): Model =>
  (settings, options) => {
    const config = autoregressorConfig.parse({
      llama: {
        ...{ model_type: 'llama', hidden_act: 'silu', hidden_size: hidden, intermediate_size: 2.75 * hidden },
        ...{ num_hidden_layers: layers, num_attention_heads: 8, num_key_value_heads: 8, vocab_size: 1000 },
        ...{ max_position_embeddings: length, rms_norm_eps: 1e-5, tie_word_embeddings: false },
      },
      ...{ tokenDim: 256, sentenceDim: 768, faceDim: 512, specialTokens: 2 },
    });
    const rows = { text: 64, sentences: 256, faces: 64, visual: 64, targets: 64 };
    const shape = { batch: settings.batchSize, length, ...rows };
    const { parameters, loss, metrics } = autoregressorGraph(config, shape, options);
    return task('autoregressor', settings, [...parameters], loss, metrics);
  };

const renderer =
  (channels: number, latent: readonly number[]): Model =>
  (settings, options) => {
    const unet = readUNet2DConfig({
      ...{ _class_name: 'UNet2DConditionModel', act_fn: 'silu', addition_embed_type: 'text_time' },
      ...{ addition_time_embed_dim: 64, attention_head_dim: [2, 4, 8], in_channels: 4, out_channels: 4 },
      ...{ block_out_channels: [channels, 2 * channels, 4 * channels], cross_attention_dim: 512 },
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      ...{ layers_per_block: 2, norm_num_groups: 32, use_linear_projection: true, sample_size: 64 },
      ...{ projection_class_embeddings_input_dim: 256 + 6 * 64, transformer_layers_per_block: [1, 1, 4] },
    });
    const context = rendererContextConfig.parse({
      ...{ tokenDim: 512, sentenceDim: 768, faceDim: 512, pooledDim: 256 },
    });
    const phases = { ...settings, draftSteps: 0, peopleWeight: 1 };
    const graph = rendererGraph({ unet, context }, phases, latent, options, 'bench');
    return task('renderer', settings, [...graph.parameters], graph.loss, graph.metrics);
  };

const cases: Readonly<Record<string, readonly [Model, Partial<TrainingSettings>]>> = {
  'llama-4': [autoregressor(4, 512, 768), {}],
  'llama-4-accumulate': [autoregressor(4, 512, 768), { accumulate: 4, batchSize: 1 }],
  'llama-12': [autoregressor(12, 512, 768), {}],
  'llama-12-checkpointing': [autoregressor(12, 512, 768), checkpointing],
  'llama-wide': [autoregressor(4, 1536, 256), {}],
  'llama-wide-lean': [autoregressor(4, 1536, 256), lean],
  unet: [renderer(64, [4, 48, 48]), {}],
  'unet-checkpointing': [renderer(64, [4, 48, 48]), checkpointing],
  'unet-large': [renderer(64, [4, 64, 96]), { batchSize: 4 }],
  'unet-large-checkpointing': [renderer(64, [4, 64, 96]), { ...checkpointing, batchSize: 4 }],
  'unet-wide-lean': [renderer(128, [4, 32, 32]), lean],
};

/** A task whose batches are drawn for whatever the loss reads. */
function task(
  name: string,
  settings: TrainingSettings,
  parameters: TrainingTask['parameters'],
  loss: Tensor,
  metrics: Readonly<Record<string, Tensor>>,
): TrainingTask {
  const inputs = topological([loss]).tensors.flatMap((t) =>
    t.source.kind === 'input' ? [{ t, name: t.source.name }] : [],
  );
  const batch = async (index: number): Promise<Record<string, TensorData>> =>
    Object.fromEntries(inputs.map(({ t, name }) => [name, drawn(name, t, Random.of(1, name, index))]));
  return {
    ...{ name, settings, parameters, loss, metrics, batch },
    batchSize: settings.batchSize,
    save: async () => {},
  };
}

function drawn(name: string, { dtype, shape, size }: Tensor, random: Random): TensorData {
  if (dtype === 'uint8')
    return { dtype, shape, data: Uint8Array.from({ length: size }, () => random.int(2)) };
  if (dtype === 'int64')
    return { dtype, shape, data: BigInt64Array.from({ length: size }, () => BigInt(random.int(60))) };
  const ones = /weight|keep|rows/.test(name);
  return f32(ones ? new Float32Array(size).fill(1) : random.normals(size), shape);
}

async function run(name: string): Promise<void> {
  const [model, changes] = cases[name] as (typeof cases)[string];
  const settings = { ...common, ...changes };
  const planned = model(settings, parametersOptions(settings));
  if (process.argv.includes('--plan')) {
    console.log(JSON.stringify(trainingMemory(planned)));
    return;
  }
  const host = await WorkerHost.start({ threads: 2 });
  const folder = await mkdtemp(join(tmpdir(), 'training-memory-'));
  const start = performance.now();
  try {
    await train(planned, { host, seed: 1, folder });
  } finally {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
  const status = await readFile('/proc/self/status', 'utf8');
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  console.log(JSON.stringify({ peak, seconds: (performance.now() - start) / 1000 }));
}

const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
if (process.argv.includes('--child')) await run(wanted[0] as string);
else {
  const child = (name: string, ...more: string[]) =>
    JSON.parse(
      execFileSync('npx', ['tsx', fileURLToPath(import.meta.url), name, '--child', ...more], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as Record<string, number>;
  const gb = (bytes = 0): string => (bytes / 1e9).toFixed(2);
  console.log('| training | planned GB | measured GB | planned / measured | of it activations | seconds |');
  console.log('|---|---|---|---|---|---|');
  for (const name of wanted.length > 0 ? wanted : Object.keys(cases)) {
    const { total = 0, activations = 0 } = child(name, '--plan');
    const { peak = 0, seconds = 0 } = child(name);
    const ratio = (total / peak).toFixed(2);
    console.log(
      `| ${name} | ${gb(total)} | ${gb(peak)} | ${ratio} | ${gb(activations)} | ${seconds.toFixed(0)} |`,
    );
  }
}
