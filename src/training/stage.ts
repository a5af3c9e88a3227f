import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError, parseConfig } from '../base/index.ts';
import { Checkpoint, isBystander, isWeightsFile } from '../checkpoints/index.ts';
import {
  type FilmData,
  type FrameSet,
  type FrameSetOptions,
  filmFrames,
  type KeyframeSet,
  readFilmData,
  theatreFrames,
} from '../corpus/index.ts';
import { f32, type ParameterInfo, type TensorData } from '../graph/index.ts';
import { downsampling, latentShape, readImageCodecConfig } from '../inference/index.ts';
import type { ModelName, Preset } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';
import { Clock } from './clock.ts';
import { type PlannedTask, TrainingError, type TrainingSettings, type TrainingTask } from './task.ts';
import { checkpointWeights, type Weights, weightsOf } from './weights.ts';

export { copyBeside, saveJson, saveModels } from './savedModels.ts';
export { startedFrom } from './startedFrom.ts';

/** What a stage is built from. */
export interface StageContext {
  /** The preset whose configs the stage reads. */
  readonly preset: Preset;
  /** The worker that networks run in. */
  readonly host: WorkerHost;
  /** Seed of every random draw of the run. */
  readonly seed: number;
  /** Folder of models that the run starts from (`startedFrom`) in place of an earlier stage's weights. */
  readonly from?: string | undefined;
  /** Folder of drawn frames and computed features, shared by all stages. */
  readonly cache: string;
  /** Data sets of films to train on in place of the theatre's episodes. */
  readonly data?: readonly FilmData[] | undefined;
  /** Says what is being prepared, e.g. `drawing frames 120/480`. */
  readonly say: (text: string) => void;
  /** Stops the preparation; what is done is kept, and the next call goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Prepares a stage's data and builds its training task. */
export type StageBuilder = (context: StageContext) => Promise<TrainingTask>;

/** What a stage will train, from its settings and configs alone: before any data are prepared. */
export type StagePlanner = (context: StageContext) => Promise<PlannedTask>;

const rate = z.object({
  peak: z.number().positive(),
  warmup: z.number().int().nonnegative(),
  kind: z.enum(['constant', 'cosine']),
  final: z.number().nonnegative().default(0),
});

const common = z.object({
  steps: z.number().int().positive(),
  batchSize: z.number().int().positive(),
  accumulate: z.number().int().positive().optional(),
  learningRate: rate,
  beta1: z.number().min(0).lt(1),
  beta2: z.number().min(0).lt(1),
  epsilon: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  clipNorm: z.number().nonnegative(),
  emaDecay: z.number().min(0).lt(1),
  optimizer: z.enum(['adamw', 'adamw8bit']).optional(),
  activationCheckpointing: z.boolean().optional(),
  precision: z.enum(['float32', 'float16']).optional(),
  checkpointEvery: z.number().int().positive(),
  sampleEvery: z.number().int().positive(),
  samples: z.number().int().min(0).max(64).optional(),
});

/** Reads `training/<stage>.json`: the keys that every stage has, and the stage's own `more`. Unknown keys are errors. */
export async function settingsOf<T extends z.ZodRawShape>(
  preset: Preset,
  stage: string,
  more: T,
): Promise<TrainingSettings & z.infer<z.ZodObject<T>>> {
  const schema = common.extend(more).strict();
  const settings = parseConfig(schema, await preset.config('training', `${stage}.json`));
  return settings as TrainingSettings & z.infer<z.ZodObject<T>>;
}

/** Some episodes of the theatre. */
export interface DataPart {
  readonly seed: number;
  readonly episodes: number;
  /** Fewest and most shots of an episode. */
  readonly shots: readonly [number, number];
}

const part = z.strictObject({
  seed: z.number().int().nonnegative(),
  episodes: z.number().int().positive(),
  shots: z
    .tuple([z.number().int().positive(), z.number().int().positive()])
    .refine(([least, most]) => least <= most, { error: 'the first number must not be above the second' }),
});
/** One of the two parts of `training/data.json`. */
export const dataPart: z.ZodType<DataPart> = part;

/** `training/data.json`: how large the frames are, in pixels, and how many are drawn for each split. */
export interface DataSettings {
  readonly width: number;
  readonly height: number;
  readonly train: DataPart & { readonly unseen: number };
  readonly validation: DataPart;
}

const dataSettings: z.ZodType<DataSettings> = z.strictObject({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  train: part.extend({
    /**
     * The last of the episodes, which the autoregressor does not learn from: what it says of them is as far from the truth as
     * what it will say of a user's script, and the renderer learns from that. 0: it says, and learns from, all of them.
     */
    unseen: z.number().int().nonnegative().default(0),
  }),
  validation: part,
});

/** Reads `training/data.json`: the size of the frames and the episodes of each split. Throws `ConfigError`. */
export async function dataSettingsOf(preset: Preset): Promise<DataSettings> {
  return parseConfig(dataSettings, await preset.config('training', 'data.json'));
}

/** Size of the preset's pictures that stages are trained on. */
export async function frameSizeOf(
  preset: Preset,
): Promise<{ readonly width: number; readonly height: number }> {
  const { width, height } = await dataSettingsOf(preset);
  return { width, height };
}

/** [c, h, w] of the latents of the preset's pictures, from its configs alone. Throws `ConfigError`. */
export async function plannedLatents(preset: Preset): Promise<readonly [c: number, h: number, w: number]> {
  const { width, height } = await dataSettingsOf(preset);
  const config = readImageCodecConfig(await preset.config('vae'));
  const factor = downsampling(config) * config.latentPatch;
  if (width % factor === 0 && height % factor === 0) return latentShape(config, width, height);
  throw new ConfigError(
    `preset '${preset.name}', training/data.json: width and height must be multiples of ${factor}, by which the VAE ` +
      `shrinks pictures, got ${width}x${height}`,
  );
}

/** What the preset's frames of one split are: `training/data.json`. */
export async function dataOptions(
  { preset }: Pick<StageContext, 'preset'>,
  split: 'train' | 'validation',
): Promise<FrameSetOptions> {
  const { width, height, ...parts } = await dataSettingsOf(preset);
  const { seed, episodes, shots } = parts[split];
  return { split, width, height, seed, episodes, shots };
}

/** The first training episode that the autoregressor does not learn from; 0 where it learns from all, as from films. */
export async function unseenFrom({ preset, data }: Pick<StageContext, 'preset' | 'data'>): Promise<number> {
  if (data) return 0;
  const { train } = await dataSettingsOf(preset);
  if (train.unseen === 0) return 0;
  if (train.unseen < train.episodes) return train.episodes - train.unseen;
  throw new ConfigError(
    `preset '${preset.name}', training/data.json: train.unseen must be below train.episodes, ${train.episodes}, got ${train.unseen}`,
  );
}

/** The preset's frames of one split, drawn on first use; `own` episodes in place of those of `data.json`. */
export async function framesOf(
  context: StageContext,
  split: 'train' | 'validation',
  own?: DataPart,
): Promise<FrameSet> {
  const clock = new Clock(0);
  const onProgress = (done: number, total: number): void => {
    const { secondsLeft } = clock.tick(done, total, 1);
    const left = Number.isFinite(secondsLeft) ? `, ${minutes(secondsLeft)} left` : '';
    if (done % 20 === 0 || done === total) context.say(`drawing ${split} episodes ${done}/${total}${left}`);
  };
  const options = { ...(await dataOptions(context, split)), ...own };
  return theatreFrames(context.cache, options, onProgress, context.signal);
}

/** The keyframes of one split with their scripts: of the films of `data`, or the preset's own. */
export async function keyframesOf(
  context: StageContext,
  split: 'train' | 'validation',
): Promise<KeyframeSet> {
  const { preset, data, seed, cache, signal } = context;
  if (!data) return framesOf(context, split);
  const size = await frameSizeOf(preset);
  const films = (await readFilmData(data, size))[split];
  const onProgress = (done: number, total: number): void => {
    if (done % 100 === 0 || done === total) context.say(`reading ${split} keyframes ${done}/${total}`);
  };
  return filmFrames(cache, films, { split, seed, ...size }, onProgress, signal);
}

/** Fails where nobody is in the scripts that a stage is to learn people from. */
export function needsPeople(set: KeyframeSet, stage: string, { data }: Pick<StageContext, 'data'>): void {
  if (!('films' in set) || set.films.some(({ faces }) => faces.size > 0)) return;
  throw new TrainingError(
    `${stage}: nobody is in the scripts of ${data?.map(({ folder }) => folder).join(', ')}, expected people with faces; ` +
      'run moviedreamer footage with --people theatre or human, and captions again',
  );
}

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** Fails where weights that a stage builds on are not there, and says which stages make them. */
export async function needsWeights(
  { preset }: Pick<StageContext, 'preset'>,
  stage: string,
  models: readonly (keyof typeof madeBy)[],
): Promise<void> {
  const missing: (keyof typeof madeBy)[] = [];
  for (const model of models) {
    if (model === 'text' && !(await preset.has('text'))) continue; // then clip embeds sentences
    if (model !== 'decoder' && preset.isPublished(model)) {
      await preset.requireWeights(model === 'clip' ? ['clip', 'text'] : [model]);
      continue;
    }
    const files = await readdir(preset.weightsIn(model)).catch((): string[] => []);
    // a VAE without latents.json was stopped while it was saved
    const isThere =
      files.some((f) => isWeightsFile(f) && !isBystander(f)) &&
      (model !== 'vae' || files.includes('latents.json'));
    if (!isThere) missing.push(model);
  }
  if (missing.length === 0) return;
  const before = [...new Set(missing.map((model) => madeBy[model]))];
  throw new TrainingError(
    `${stage}: needs the weights of ${missing.join(', ')}, which are not in ${preset.weightsFolder}. Train first: ` +
      `${before.map((b) => `npx moviedreamer train ${b}`).join(', ')}; or give their folder with --weights`,
  );
}

/** The stage that saves a model's weights. */
const madeBy = {
  vae: 'vae',
  clip: 'clip',
  text: 'text',
  face: 'face',
  compressor: 'tokenizer',
  decoder: 'tokenizer',
  unet: 'renderer',
  renderer: 'renderer',
  autoregressor: 'autoregressor',
} as const;

/**
 * What a whole training of a published model starts from: its weights, of those parameters that are below `prefix` in the
 * stage's graph. Nothing for a model that the stage makes.
 */
export async function publishedValues(
  preset: Preset,
  model: ModelName,
  prefix: string,
  parameters: Iterable<ParameterInfo>,
): Promise<Weights> {
  if (!preset.isPublished(model)) return weightsOf(new Map());
  await preset.requireWeights([model]);
  const stored = [...parameters].flatMap(({ name }) =>
    name.startsWith(prefix) ? [[name, name.slice(prefix.length)] as const] : [],
  );
  return checkpointWeights(preset.layers(model), new Map(stored));
}

/** All tensors of some checkpoints in layers (`Checkpoint.open`) as float32. */
export async function readWeights(layers: readonly string[]): Promise<Map<string, TensorData>> {
  const checkpoint = await Checkpoint.open(layers);
  try {
    const weights = new Map<string, TensorData>();
    for (const name of checkpoint.names()) {
      const { data, shape } = await checkpoint.readFloat32(name);
      weights.set(name, f32(data, shape));
    }
    return weights;
  } finally {
    await checkpoint.close();
  }
}
