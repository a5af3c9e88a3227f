import { f32, type ParametersOptions, type Tensor, type TensorData, topological } from '../graph/index.ts';
import { autoregressorConfig } from '../models/autoregressor/index.ts';
import { rendererContextConfig } from '../models/rendererContext/index.ts';
import { readUNet2DConfig } from '../models/unet2d/index.ts';
import { Random } from '../random/index.ts';
import { autoregressorGraph } from '../training/graphs/autoregressor.ts';
import { rendererGraph } from '../training/graphs/renderer.ts';
import { parametersOptions } from '../training/parametersOptions.ts';
import type { TrainingSettings, TrainingTask } from '../training/task.ts';

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

/** Models and settings that differ in what takes memory. */
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

export const memoryCases: readonly string[] = Object.keys(cases);

/** The training of a case, of three steps. */
export function memoryCase(name: string): TrainingTask {
  const found = cases[name];
  if (!found) throw new RangeError(`no case '${name}': there are ${memoryCases.join(', ')}`);
  const [model, changes] = found;
  const settings = { ...common, ...changes };
  return model(settings, parametersOptions(settings));
}
