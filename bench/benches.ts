import { input, meanSquaredError, Parameters, type Tensor, type TensorData } from '../src/graph/index.ts';
import {
  currentName,
  currentOutputs,
  type LlamaConfig,
  llama,
  llamaContext,
  llamaContextFeeds,
  pastName,
  readLlamaConfig,
} from '../src/models/llama/index.ts';
import { readUNet2DConfig, unet2d } from '../src/models/unet2d/index.ts';
import { linear } from '../src/nn/index.ts';
import type { Resident } from '../src/runtime/index.ts';
import { loadForInference, noise, type PrepareBench, trainingBench } from './bench.ts';

const llamaConfig = (layers: number, width: number, inner: number): LlamaConfig =>
  readLlamaConfig({
    hidden_size: width,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: 8,
  });

const unetJson = (transformerLayers: readonly number[]): Record<string, unknown> => ({
  block_out_channels: [64, 128, 256],
  layers_per_block: 2,
  down_block_types: transformerLayers.map((n) => (n > 0 ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
  up_block_types: transformerLayers.map((n) => (n > 0 ? 'CrossAttnUpBlock2D' : 'UpBlock2D')).reverse(),
  transformer_layers_per_block: transformerLayers.map((n) => Math.max(n, 1)),
  attention_head_dim: [2, 4, 8],
  cross_attention_dim: 256,
  use_linear_projection: true,
});

/** The U-Net of an issue-7 bench with its inputs' values. */
function unet(transformerLayers: readonly number[], batch: number, textTime: boolean) {
  const added = {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 32,
    projection_class_embeddings_input_dim: 256 + 6 * 32,
  };
  const config = readUNet2DConfig({ ...unetJson(transformerLayers), ...(textTime ? added : {}) });
  const parameters = new Parameters();
  const feeds: Record<string, TensorData> = {};
  const feed = (name: string, ...shape: number[]): Tensor => {
    feeds[name] = noise(name, shape);
    return input(name, shape);
  };
  const y = unet2d(parameters.scope(), config, {
    sample: feed('sample', batch, 4, 32, 56),
    timestep: feed('timestep', batch),
    encoderHiddenStates: feed('context', batch, 22, 256),
    ...(textTime ? { textEmbeds: feed('text', batch, 256), timeIds: feed('ids', batch, 6) } : {}),
  });
  return { parameters, feeds, y };
}

const unetForward: PrepareBench = async (host) => {
  const { parameters, feeds, y } = unet([1, 2, 4], 1, true);
  const { session, ...sizes } = await loadForInference(host, parameters, { y });
  return { ...sizes, step: async () => void (await session.run(feeds)) };
};

const unetTrain: PrepareBench = async (host) => {
  const { parameters, feeds, y } = unet([0, 1, 1], 8, false);
  feeds.target = noise('target', y.shape);
  return trainingBench(host, parameters, meanSquaredError(y, input('target', y.shape)), feeds);
};

const decoder = llamaConfig(8, 512, 1376);

const llamaPrefill: PrepareBench = async (host) => {
  const parameters = new Parameters();
  const { lastHiddenState } = llama(parameters.scope(), decoder, input('x', [1, 512, 512]));
  const { session, ...sizes } = await loadForInference(host, parameters, { y: lastHiddenState });
  const x = noise('x', [1, 512, 512]);
  return { ...sizes, step: async () => void (await session.run({ x })) };
};

/** The 513th token, whose keys and values go into the cache. */
const llamaDecode: PrepareBench = async (host) => {
  const shape = { batch: 1, length: 1, capacity: 513 };
  const parameters = new Parameters();
  const output = llama(parameters.scope(), decoder, input('x', [1, 1, 512]), llamaContext(decoder, shape));
  const outputs = { y: output.lastHiddenState, ...currentOutputs(output) };
  const { session, ...sizes } = await loadForInference(host, parameters, outputs);
  const cache: Record<string, Resident> = {};
  const scatter: Record<string, { into: Resident; axis: number; offset: number }> = {};
  for (let i = 0; i < decoder.layers; i++) {
    for (const part of ['key', 'value'] as const) {
      const name = pastName(i, part);
      const into = await host.put(name, noise(name, [1, 8, 513, 64]));
      cache[name] = into;
      scatter[currentName(i, part)] = { into, axis: 2, offset: 512 };
    }
  }
  const x = noise('x', [1, 1, 512]);
  const feeds = { ...cache, x, ...llamaContextFeeds(decoder, shape, { filled: 512 }) };
  return { ...sizes, step: async () => void (await session.run(feeds, { scatter })) };
};

/** Regression of the next embedding, as the autoregressor does it, on embeddings from outside. */
const llamaTrain: PrepareBench = async (host) => {
  const parameters = new Parameters();
  const p = parameters.scope();
  const shape = [8, 512, 256];
  const { lastHiddenState } = llama(p, llamaConfig(6, 256, 688), input('x', shape));
  const y = linear(p.at('head'), lastHiddenState, 256);
  const loss = meanSquaredError(y, input('target', shape));
  return trainingBench(host, parameters, loss, { x: noise('x', shape), target: noise('target', shape) });
};

export const benches: Readonly<Record<string, PrepareBench>> = {
  'unet-forward': unetForward,
  'llama-prefill': llamaPrefill,
  'llama-decode': llamaDecode,
  'llama-train': llamaTrain,
  'unet-train': unetTrain,
};
