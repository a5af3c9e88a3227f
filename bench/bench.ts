import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grad } from '../src/autodiff/index.ts';
import { compile, f32, type Parameters, type Tensor, type TensorData } from '../src/graph/index.ts';
import { Random } from '../src/random/index.ts';
import {
  Checkpoint,
  layoutParameters,
  type Session,
  type WorkerHost,
  writeSafetensors,
} from '../src/runtime/index.ts';
import { initialValues } from '../src/training/initialise.ts';
import { flopsOf } from './flops.ts';

/** Something to time, ready to run. */
export interface Bench {
  /** Floating-point operations of one step. */
  readonly flops: number;
  readonly parameters: number;
  step(): Promise<void>;
}

export type PrepareBench = (host: WorkerHost) => Promise<Bench>;

/** Standard normal values, the same at every start. */
export function noise(name: string, shape: readonly number[], scale = 1): TensorData {
  const data = Random.of(1, 'bench', name).normals(shape.reduce((a, b) => a * b, 1));
  return f32(
    data.map((v) => v * scale),
    shape,
  );
}

/** Forward only, with weights that lie in a checkpoint file, as everywhere in the product. */
export async function loadForInference(
  host: WorkerHost,
  parameters: Parameters,
  outputs: Readonly<Record<string, Tensor>>,
): Promise<{ session: Session; flops: number; parameters: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const path = join(folder, 'model.safetensors');
    const values = [...parameters].map((p) => [p.name, f32(initialValues(p, 1), p.shape)] as const);
    await writeSafetensors(path, Object.fromEntries(values));
    const checkpoint = await Checkpoint.open(path);
    const session = await host.load(compile(outputs, { weights: checkpoint.weights() }));
    await checkpoint.close();
    return { session, flops: flopsOf(Object.values(outputs)), parameters: parameters.size };
  } finally {
    await rm(folder, { recursive: true }); // what is mapped stays readable
  }
}

/** Forward, backward and AdamW, as the trainer does a step. */
export async function trainingBench(
  host: WorkerHost,
  parameters: Parameters,
  loss: Tensor,
  feeds: Readonly<Record<string, TensorData>>,
): Promise<Bench> {
  const infos = [...parameters];
  const outputs: Record<string, Tensor> = { loss };
  const gradients: Record<string, string> = {};
  grad(
    loss,
    infos.map((p) => p.tensor),
  ).forEach((g, i) => {
    outputs[`d${i}`] = g;
    gradients[`d${i}`] = infos[i]!.name;
  });
  const { layout, length } = layoutParameters(infos);
  const store = await host.createStore(layout, length);
  const values = new Float32Array(length);
  layout.forEach(({ offset }, i) => {
    values.set(initialValues(infos[i]!, 1), offset);
  });
  await host.writeStore(store, 'parameters', values);
  const session = await host.load(compile(outputs), { store, gradients });
  let step = 0;
  let first: number | undefined;
  return {
    flops: flopsOf(Object.values(outputs)),
    parameters: parameters.size,
    step: async () => {
      const { loss: value } = await session.run(feeds);
      await host.adamw(store, { lr: 1e-4, weightDecay: 0.01, step: ++step });
      const now = value!.data[0] as number;
      first ??= now;
      if (!(now <= first * 1.01)) throw new Error(`the loss rose from ${first} to ${now}: the step is wrong`);
    },
  };
}
