import {
  add,
  f32,
  gelu,
  input,
  matmul,
  mean,
  normal,
  Parameters,
  square,
  sub,
  type TensorData,
  zeros,
} from '../graph/index.ts';
import { Random } from '../random/index.ts';
import type { TrainingSettings, TrainingTask } from '../training/task.ts';

export const tinySettings: TrainingSettings = {
  steps: 60,
  batchSize: 8,
  learningRate: { peak: 0.02, warmup: 5, kind: 'cosine', final: 0 },
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  clipNorm: 1,
  emaDecay: 0.9,
  checkpointEvery: 10,
  sampleEvery: 20,
};

export interface TinyTask extends TrainingTask {
  /** What `save` was given. */
  saved: ReadonlyMap<string, Float32Array> | undefined;
}

/** Two layers, `encoder` and `decoder`, that learn a fixed map of random vectors; a run of some steps takes moments. */
export function tinyTask(changes: Partial<TrainingTask> & { settings?: TrainingSettings } = {}): TinyTask {
  const settings = changes.settings ?? tinySettings;
  const n = settings.batchSize;
  const parameters = new Parameters();
  const p = parameters.scope();
  const layer = (name: string, x: ReturnType<typeof input>, width: number) => {
    const at = p.at(name);
    return add(
      matmul(x, at.param('weight', [x.dim(1), width], normal(0.3))),
      at.param('bias', [width], zeros),
    );
  };
  const x = input('x', [n, 5]);
  const y = layer('decoder', gelu(layer('encoder', x, 16)), 3);
  const error = mean(square(sub(y, input('y', [n, 3]))));
  const task: TinyTask = {
    name: 'tiny',
    settings,
    parameters: [...parameters],
    loss: error,
    metrics: { error },
    batchSize: n,
    batch: async (step) => tinyBatch(n, Random.of(3, 'tiny', step)),
    saved: undefined,
    save: async (weights) => {
      const saved = new Map<string, Float32Array>();
      for (const name of weights.names) saved.set(name, await weights.read(name));
      task.saved = saved;
    },
    ...changes,
  };
  return task;
}

export function tinyBatch(n: number, random: Random): Record<string, TensorData> {
  const x = random.normals(n * 5);
  const y = Float32Array.from({ length: n * 3 }, (_, i) => {
    const at = Math.floor(i / 3) * 5 + (i % 3);
    return Math.sin(x[at] as number) + 0.5 * (x[at + 1] as number);
  });
  return { x: f32(x, [n, 5]), y: f32(y, [n, 3]) };
}
