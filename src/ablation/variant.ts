import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pump } from '../base/pump.ts';
import { keyOf } from '../benchmark/index.ts';
import { cachedJson, isTemporary, writeAtomically } from '../files/index.ts';

import { ModelLoader } from '../inference/index.ts';
import { fingerprintFiles, type ModelName, Preset } from '../presets/index.ts';
import { theatreVersion } from '../theatre/index.ts';
import { stages, train } from '../training/index.ts';
import { type ConfigChanges, changedConfigs, type JsonObject, writeConfigs } from './changes.ts';
import type { AblationContext } from './context.ts';
import type { ExperimentEvent } from './experiment.ts';

/** The stages of which there are variants. */
export type VariantStage = 'tokenizer' | 'autoregressor' | 'renderer';

/** A model that is trained otherwise than the preset's own. */
export interface Variant {
  /** For the progress, such as `l1 + l2, seed 1`. */
  readonly name: string;
  readonly stage: VariantStage;
  readonly seed: number;
  readonly changes: ConfigChanges;
  /** An earlier stage's variant to build on; by default the preset's own weights. */
  readonly on?: Trained;
}

/** A variant with its weights, ready to be measured. */
export interface Trained {
  readonly stage: VariantStage;
  readonly models: ModelLoader;
  readonly seed: number;
  /** Its own folder in the cache, for what is measured of it. */
  readonly folder: string;
  /** Names its settings, its weights' origin and its seed. */
  readonly key: string;
}

/** Models whose configs and weights a stage reads; those whose configs it reads, too; and what it saves. */
const parts: Readonly<
  Record<VariantStage, { reads: readonly string[]; configs: readonly string[]; saves: readonly string[] }>
> = {
  tokenizer: {
    reads: ['clip', 'vae'],
    configs: ['compressor', 'unet', 'renderer', 'scheduler'],
    saves: ['compressor', 'decoder'],
  },
  autoregressor: {
    reads: ['clip', 'face', 'compressor'],
    configs: ['autoregressor'],
    saves: ['autoregressor'],
  },
  renderer: {
    reads: ['vae', 'clip', 'face', 'compressor', 'decoder'],
    configs: ['unet', 'renderer', 'scheduler'],
    saves: ['unet', 'renderer'],
  },
};

/** Models that are only sampled with, where the variant's configs still fit them. */
const sampledWith: Readonly<Record<VariantStage, readonly string[]>> = {
  tokenizer: [],
  autoregressor: ['vae', 'unet', 'renderer'],
  renderer: [],
};

/**
 * Trains a variant in a folder of its own, or takes it from the cache; stopped halfway, the next call goes on. The folder's
 * name is made from the seed, all configs that the stage reads, and the weights that it builds on.
 */
export async function* trainVariant(
  context: AblationContext,
  variant: Variant,
): AsyncGenerator<ExperimentEvent, Trained, void> {
  const { stage, seed, changes, on } = variant;
  const { reads, configs: more, saves } = parts[stage];
  const source = (on?.models ?? context.base).preset;
  const configs = await changedConfigs(source.folder, changes);
  const isRead = (file: string): boolean => {
    const [part = '', name] = file.split('/');
    if (name === 'generation_config.json') return false;
    return part === 'training'
      ? ['data.json', `${stage}.json`].includes(name ?? '')
      : reads.includes(part) || more.includes(part);
  };
  const weightsOf = (model: string): string => {
    const isEarlier = on && parts[on.stage].saves.includes(model);
    return (isEarlier ? on.models : context.base).preset.weightsIn(model as ModelName);
  };
  const prints = await Promise.all(reads.map((model) => fingerprintFiles(weightsOf(model))));
  const known = [...configs].filter(([file]) => isRead(file)).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = keyOf('ablation', theatreVersion, stage, seed, known, prints);
  const folder = join(context.cache, 'variants', `${stage}-${key}`);

  // variants may share their training and yet be sampled in other ways
  const presetFolder = join(folder, `preset-${keyOf([...configs])}`);
  await writeConfigs(presetFolder, configs);
  const weights = join(folder, 'weights');
  for (const model of reads) await linkModel(weightsOf(model), join(weights, model));
  const preset = await Preset.open(presetFolder, { weights });
  yield* pump<ExperimentEvent>(context.signal, async (emit, signal) => {
    await cachedJson(join(folder, 'trained.json'), 'moviedreamer-trained-1', async () => {
      const say = (message: string): void => emit({ type: 'say', message: `${variant.name}: ${message}` });
      const build = await stages[stage]();
      const training = {
        preset,
        host: context.host,
        seed,
        cache: join(context.cache, 'frames'),
        say,
        signal,
      };
      // a sheet of samples would cost as much as the training
      const { sample: _sheet, ...task } = await build(training);
      const run = join(folder, 'run');
      await train(task, {
        host: context.host,
        seed,
        folder: run,
        signal,
        onProgress: ({ step, steps }) =>
          emit({ type: 'part', part: `training ${variant.name}`, done: step, total: steps }),
      });
      await rm(join(run, 'checkpoint.safetensors'), { force: true }); // four times the weights, and of no more use
      return { stage, seed, steps: task.settings.steps } satisfies JsonObject;
    });
  });
  const sampled = await besideOthers(weights, [...reads, ...saves], sampledWith[stage].map(weightsOf));
  const whole = await Preset.open(presetFolder, { weights: sampled });
  return { stage, models: new ModelLoader(whole, context.host), seed, folder, key };
}

/**
 * A variant's weights together with models that it is sampled with, in a folder that is named by those: with another base
 * (or by another run at the same time) the variant goes into another one.
 */
async function besideOthers(
  weights: string,
  own: readonly string[],
  others: readonly string[],
): Promise<string> {
  if (others.length === 0) return weights;
  const folder = `${weights}-${keyOf(await Promise.all(others.map((other) => fingerprintFiles(other))))}`;
  for (const from of [...own.map((model) => join(weights, model)), ...others])
    await linkModel(from, join(folder, basename(from)));
  return folder;
}

/**
 * A folder of weights under another name: the same files where the disk can do that, else copies. What is there stays:
 * the names above it say what the files hold.
 */
async function linkModel(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isFile() || isTemporary(entry.name)) continue;
    const [path, target] = [join(from, entry.name), join(to, entry.name)];
    await link(path, target).catch(async ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EEXIST') await writeAtomically(target, (temporary) => copyFile(path, temporary));
    });
  }
}
