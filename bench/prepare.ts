import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Checkpoint, writeSafetensors } from '../src/checkpoints/index.ts';
import { compile, f32, type TensorData } from '../src/graph/index.ts';
import { initialValues } from '../src/nn/initialise.ts';
import { layoutParameters, type Resident, type WorkerHost } from '../src/runtime/index.ts';
import type { BenchModel } from './models.ts';

/** Loads a model and returns one step of it: a run, or a training step. */
export function prepare(host: WorkerHost, model: BenchModel): Promise<() => Promise<void>> {
  return model.gradients ? prepareTraining(host, model, model.gradients) : prepareInference(host, model);
}

/** Forward only, with weights that lie in a checkpoint file, as everywhere in the product. */
async function prepareInference(host: WorkerHost, model: BenchModel): Promise<() => Promise<void>> {
  const { parameters, outputs, caches = {} } = model;
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const path = join(folder, 'model.safetensors');
  const values = [...parameters].map((p) => [p.name, f32(initialValues(p, 1), p.shape)]);
  await writeSafetensors(path, Object.fromEntries(values));
  const checkpoint = await Checkpoint.open(path);
  const session = await host.load(compile(outputs, { weights: checkpoint.weights() }));
  await checkpoint.close();
  await rm(folder, { recursive: true }); // what is mapped stays readable

  const feeds: Record<string, TensorData | Resident> = { ...model.feeds };
  const scatter: Record<string, { into: Resident; axis: number; offset: number }> = {};
  for (const [name, { output, axis, offset }] of Object.entries(caches)) {
    const into = await host.put(name, model.feeds[name]!);
    feeds[name] = into;
    scatter[output] = { into, axis, offset };
  }
  return async () => void (await session.run(feeds, { scatter }));
}

/** Forward, backward and AdamW on parameters that stay in the worker, as the trainer does it. */
async function prepareTraining(
  host: WorkerHost,
  { parameters, outputs, feeds }: BenchModel,
  gradients: Readonly<Record<string, string>>,
): Promise<() => Promise<void>> {
  const { layout, length } = layoutParameters(parameters);
  const store = await host.createStore(layout, length);
  const values = new Float32Array(length);
  for (const { name, offset } of layout) values.set(initialValues(parameters.get(name)!, 1), offset);
  await host.writeStore(store, 'parameters', values);
  const session = await host.load(compile(outputs), { memoryPattern: false, store, gradients });
  let step = 0;
  let first = Number.POSITIVE_INFINITY;
  return async () => {
    const { loss } = await session.run(feeds);
    await host.adamw(store, { lr: 1e-4, weightDecay: 0.01, step: ++step });
    const value = loss!.data[0] as number;
    if (step === 1) first = value;
    if (!(value <= first * 1.01))
      throw new Error(`the loss rose from ${first} to ${value}: the step is wrong`);
  };
}
