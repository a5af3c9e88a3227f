import {
  f32,
  input,
  Parameters,
  type Scope,
  sizeOf,
  type Tensor,
  type TensorData,
} from '../../src/graph/index.ts';
import { declarations } from '../../src/inference/declare.ts';
import type { ModelLoader } from '../../src/inference/index.ts';
import { readSvdUNetConfig, svdUNet } from '../../src/models/svd/index.ts';
import { readUNet2DConfig, unet2d } from '../../src/models/unet2d/index.ts';
import { checkpointSource } from '../../src/presets/modelSource.ts';
import { prepareWeights } from '../../src/presets/preparedWeights.ts';
import { Random } from '../../src/random/index.ts';
import { flopsOf } from '../flops.ts';
import { fastest, type Machine, memoryLine } from './machine.ts';

type Build = (p: Scope) => Tensor;

/** One step of a model in float32, mapped: load time, seconds, GFLOPS against the machine's product of matrices. */
async function benchGraph(
  models: ModelLoader,
  name: 'unet' | 'animator',
  build: Build,
  { matmul }: Machine,
): Promise<void> {
  const { preset, host } = models;
  const config = await preset.config(name);
  const declare = (p: Scope): void => declarations[name](p, config);
  const path = await prepareWeights(preset.layers(name), { format: 'float32', declare });
  const parameters = new Parameters();
  const flops = flopsOf([build(parameters.scope())]);
  console.log(
    `${name}            ${(parameters.size / 1e9).toFixed(2)} G parameters, ${(flops / 1e12).toFixed(2)} TFLOP a step`,
  );
  for (const optimization of ['extended', 'all'] as const) {
    const source = await checkpointSource(host, path);
    const options = { optimization, arena: false, memoryPattern: false };
    let network: Awaited<ReturnType<typeof source.load>> | undefined;
    const load = await fastest(1, async () => {
      network = await source.load((p) => ({ y: build(p) }), options);
    });
    const feeds = feedsOf(build);
    const first = await fastest(1, async () => network?.run(feeds));
    const step = await fastest(3, async () => network?.run(feeds));
    const rate = flops / step;
    console.log(
      `  ${optimization.padEnd(9)}     load ${load.toFixed(1)} s, first step ${first.toFixed(1)} s, step ${step.toFixed(2)} s: ` +
        `${(rate / 1e9).toFixed(0)} GFLOPS, ${((100 * rate) / matmul).toFixed(0)} % of ${(matmul / 1e9).toFixed(0)}; ${memoryLine()}`,
    );
    await network?.release();
  }
}

/** Normal numbers for every input of a graph. */
function feedsOf(build: Build): Record<string, TensorData> {
  const random = Random.of(1, 'feeds');
  const feeds: Record<string, TensorData> = {};
  const look = (t: Tensor, seen: Set<Tensor>): void => {
    const stack = [t];
    for (let next = stack.pop(); next; next = stack.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (next.source.kind === 'node') stack.push(...next.source.node.inputs);
      if (next.source.kind === 'input')
        feeds[next.source.name] = f32(random.normals(sizeOf(next.shape)), next.shape);
    }
  };
  look(build(new Parameters().scope()), new Set());
  return feeds;
}

/** SDXL's U-Net for one picture of 896 x 512. */
export async function benchUnet(models: ModelLoader, machine: Machine): Promise<void> {
  const config = readUNet2DConfig(await models.preset.config('unet'));
  const build: Build = (p) =>
    unet2d(p, config, {
      sample: input('sample', [1, 4, 64, 112]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('context', [1, 22, config.contextWidth]),
      textEmbeds: input('text', [1, 1280]),
      timeIds: input('ids', [1, 6]),
    });
  await benchGraph(models, 'unet', build, machine);
}

/** Stable Video Diffusion's U-Net at a size that fits: 14 frames of 448 x 256. */
export async function benchAnimator(models: ModelLoader, machine: Machine): Promise<void> {
  const config = readSvdUNetConfig(await models.preset.config('animator'));
  const build: Build = (p) =>
    svdUNet(p, config, {
      sample: input('sample', [1, 14, config.inChannels, 32, 56]),
      timestep: input('timestep', [1]),
      encoderHiddenStates: input('context', [1, 1, config.contextWidth]),
      addedTimeIds: input('ids', [1, 3]),
    });
  await benchGraph(models, 'animator', build, machine);
}
