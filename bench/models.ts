import { grad } from '../src/autodiff/index.ts';
import {
  f32,
  input,
  meanSquaredError,
  Parameters,
  type Tensor,
  type TensorData,
} from '../src/graph/index.ts';
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
import { Random } from '../src/random/index.ts';

/** What a bench computes, with the values of its inputs. */
export interface BenchModel {
  readonly parameters: Parameters;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly feeds: Readonly<Record<string, TensorData>>;
  /** Outputs that are gradients, with their parameters: such a bench trains. */
  readonly gradients?: Readonly<Record<string, string>>;
  /** Feeds that stay in the worker, with the output whose rows are written into them. */
  readonly caches?: Readonly<
    Record<string, { readonly output: string; readonly axis: number; readonly offset: number }>
  >;
}

/** Standard normal values, the same at every start. */
export function noise(name: string, shape: readonly number[]): TensorData {
  return f32(Random.of(1, 'bench', name).normals(shape.reduce((a, b) => a * b, 1)), shape);
}

/** A model that is trained: the loss and its gradients. */
export function trained(parameters: Parameters, loss: Tensor, feeds: BenchModel['feeds']): BenchModel {
  const infos = [...parameters];
  const gradients = grad(
    loss,
    infos.map((p) => p.tensor),
  );
  return {
    parameters,
    feeds,
    outputs: { loss, ...Object.fromEntries(gradients.map((g, i) => [`d${i}`, g])) },
    gradients: Object.fromEntries(infos.map((p, i) => [`d${i}`, p.name])),
  };
}

/** SDXL's kind of U-Net, without attention at the finest level, and its inputs. */
function unet(transformerLayers: readonly number[], batch: number, textTime: boolean) {
  const config = readUNet2DConfig({
    block_out_channels: [64, 128, 256],
    layers_per_block: 2,
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
    transformer_layers_per_block: transformerLayers,
    attention_head_dim: [2, 4, 8],
    cross_attention_dim: 256,
    use_linear_projection: true,
    ...(textTime && {
      addition_embed_type: 'text_time',
      addition_time_embed_dim: 32,
      projection_class_embeddings_input_dim: 256 + 6 * 32,
    }),
  });
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
    ...(textTime && { textEmbeds: feed('text', batch, 256), timeIds: feed('ids', batch, 6) }),
  });
  return { parameters, feeds, y };
}

function unetForward(): BenchModel {
  const { y, ...model } = unet([1, 2, 4], 1, true);
  return { ...model, outputs: { y } };
}

function unetTrain(): BenchModel {
  const { parameters, feeds, y } = unet([0, 1, 1], 8, false);
  const loss = meanSquaredError(y, input('target', y.shape));
  return trained(parameters, loss, { ...feeds, target: noise('target', y.shape) });
}

const llamaConfig = (layers: number, width: number, inner: number): LlamaConfig =>
  readLlamaConfig({
    hidden_size: width,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: 8,
  });
const decoder = llamaConfig(8, 512, 1376);

function llamaPrefill(): BenchModel {
  const parameters = new Parameters();
  const { lastHiddenState } = llama(parameters.scope(), decoder, input('x', [1, 512, 512]));
  return { parameters, outputs: { y: lastHiddenState }, feeds: { x: noise('x', [1, 512, 512]) } };
}

/** The 513th token, whose keys and values go into the cache. */
function llamaDecode(): BenchModel {
  const shape = { batch: 1, length: 1, capacity: 513 };
  const parameters = new Parameters();
  const output = llama(parameters.scope(), decoder, input('x', [1, 1, 512]), llamaContext(decoder, shape));
  const parts = Array.from({ length: decoder.layers }, (_, i) => [
    [i, 'key'] as const,
    [i, 'value'] as const,
  ]).flat();
  const past = parts.map(([i, part]) => [pastName(i, part), noise(pastName(i, part), [1, 8, 513, 64])]);
  return {
    parameters,
    outputs: { y: output.lastHiddenState, ...currentOutputs(output) },
    feeds: {
      ...Object.fromEntries(past),
      ...llamaContextFeeds(decoder, shape, { filled: 512 }),
      x: noise('x', [1, 1, 512]),
    },
    caches: Object.fromEntries(
      parts.map(([i, part]) => [pastName(i, part), { output: currentName(i, part), axis: 2, offset: 512 }]),
    ),
  };
}

/** Regression of the next embedding, as the autoregressor does it, on embeddings from outside. */
function llamaTrain(): BenchModel {
  const parameters = new Parameters();
  const p = parameters.scope();
  const shape = [8, 512, 256];
  const { lastHiddenState } = llama(p, llamaConfig(6, 256, 688), input('x', shape));
  const y = linear(p.at('head'), lastHiddenState, 256);
  const loss = meanSquaredError(y, input('target', shape));
  return trained(parameters, loss, { x: noise('x', shape), target: noise('target', shape) });
}

export const models: Readonly<Record<string, () => BenchModel>> = {
  'unet-forward': unetForward,
  'llama-prefill': llamaPrefill,
  'llama-decode': llamaDecode,
  'llama-train': llamaTrain,
  'unet-train': unetTrain,
};
