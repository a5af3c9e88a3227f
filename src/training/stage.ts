import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Preset } from '../dreamer/preset.ts';
import type { ParameterInfo, TensorData } from '../graph/index.ts';
import { float32ToFloat16, type WorkerHost, writeSafetensors } from '../runtime/index.ts';
import { type FrameSet, theatreFrames } from './data/theatreFrames.ts';
import type { TrainingSettings, TrainingTask, Weights } from './task.ts';

/** What a stage is built from. */
export interface StageContext {
  readonly preset: Preset;
  readonly host: WorkerHost;
  readonly seed: number;
  /** Folder of drawn frames and computed features, shared by all stages. */
  readonly cache: string;
  /** Says what is being prepared, e.g. `drawing frames 120/480`. */
  readonly say: (text: string) => void;
}

/** Prepares a stage's data and builds its training task. */
export type StageBuilder = (context: StageContext) => Promise<TrainingTask>;

const rate = z.object({
  peak: z.number().positive(),
  warmup: z.number().int().nonnegative(),
  kind: z.enum(['constant', 'cosine']),
  final: z.number().nonnegative().default(0),
});

const common = z.object({
  steps: z.number().int().positive(),
  batchSize: z.number().int().positive(),
  learningRate: rate,
  beta1: z.number().min(0).lt(1),
  beta2: z.number().min(0).lt(1),
  epsilon: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  clipNorm: z.number().nonnegative(),
  emaDecay: z.number().min(0).lt(1),
  checkpointEvery: z.number().int().positive(),
  sampleEvery: z.number().int().positive(),
});

/** Reads `training/<stage>.json`: the keys that every stage has, and the stage's own `more`. Unknown keys are errors. */
export async function settingsOf<T extends z.ZodRawShape>(
  preset: Preset,
  stage: string,
  more: T,
): Promise<TrainingSettings & z.infer<z.ZodObject<T>>> {
  const result = common
    .extend(more)
    .strict()
    .safeParse(await preset.config('training', `${stage}.json`));
  if (result.success) return result.data as TrainingSettings & z.infer<z.ZodObject<T>>;
  throw new TypeError(`preset '${preset.name}', training/${stage}.json: ${z.prettifyError(result.error)}`);
}

const dataPart = z.strictObject({
  seed: z.number().int().nonnegative(),
  episodes: z.number().int().positive(),
  shots: z.tuple([z.number().int().positive(), z.number().int().positive()]),
});
const dataSettings = z.strictObject({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  train: dataPart,
  validation: dataPart,
});

/** The preset's frames of one split, drawn on first use. */
export async function framesOf(context: StageContext, split: 'train' | 'validation'): Promise<FrameSet> {
  const { width, height, ...parts } = dataSettings.parse(
    await context.preset.config('training', 'data.json'),
  );
  return theatreFrames(context.cache, { split, width, height, ...parts[split] }, (done, total) => {
    if (done % 20 === 0 || done === total) context.say(`drawing ${split} episodes ${done}/${total}`);
  });
}

/** Weights below a prefix, by the names that the published checkpoint gives them. */
export function below(weights: Weights, prefix: string): Weights {
  const start = prefix === '' ? '' : `${prefix}.`;
  return new Map(
    [...weights].filter(([n]) => n.startsWith(start)).map(([n, v]) => [n.slice(start.length), v]),
  );
}

/** Writes a model's weights as half precision, in the file that diffusers or transformers would look for. */
export async function saveModel(
  folder: string,
  file: 'model.safetensors' | 'diffusion_pytorch_model.safetensors',
  weights: Weights,
  parameters: readonly ParameterInfo[],
  prefix: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const start = prefix === '' ? '' : `${prefix}.`;
  const shapes = new Map(parameters.map((p) => [p.name, p.shape]));
  const tensors: Record<string, TensorData> = {};
  for (const [name, values] of below(weights, prefix)) {
    const shape = shapes.get(start + name) as readonly number[];
    tensors[name] = { dtype: 'float16', shape, data: float32ToFloat16(values) };
  }
  await writeSafetensors(join(folder, file), tensors, { format: 'pt' });
}

export async function saveJson(folder: string, file: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
}
