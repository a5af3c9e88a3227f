import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Preset } from '../presets/preset.ts';
import { writeRandomWeights } from './randomWeights.ts';
import { writeTinyConfigs } from './tinyPreset.ts';

/** Stages that the tiny preset can be trained with. */
export type TinyStage =
  | 'vae'
  | 'clip'
  | 'face'
  | 'detector'
  | 'tokenizer'
  | 'autoregressor'
  | 'renderer'
  | 'finish'
  | 'animator';

const data = {
  width: 112,
  height: 64,
  train: { seed: 1, episodes: 2, shots: [3, 4] },
  validation: { seed: 2, episodes: 1, shots: [3, 3] },
};

const draft = { draft_channels: 4, draft_layers: 1, draft_width: 8, draft_heads: 2, sample_size: [16, 28] };

/** What is smaller than in the theatre preset's own training: a few steps, done in seconds. */
const smaller: Readonly<Record<TinyStage, object>> = {
  vae: { steps: 4, batchSize: 2, checkpointEvery: 2, sampleEvery: 4, crop: 32 },
  clip: {
    ...{ steps: 4, batchSize: 4, checkpointEvery: 2, sampleEvery: 4, sentences: 12, joined: 2, regions: 4 },
    ...{ sentenceLength: 16, textLength: 24 },
  },
  face: { steps: 4, batchSize: 4, checkpointEvery: 2, sampleEvery: 4 },
  detector: { steps: 4, batchSize: 2, checkpointEvery: 2, sampleEvery: 4 },
  tokenizer: { steps: 4, batchSize: 2, checkpointEvery: 2, sampleEvery: 4, draftSteps: 2, draftBatch: 3 },
  autoregressor: { steps: 4, batchSize: 2, checkpointEvery: 2, sampleEvery: 4, length: 300, references: 2 },
  renderer: { steps: 4, batchSize: 2, checkpointEvery: 2, sampleEvery: 4, draftSteps: 2, draftBatch: 3 },
  finish: {
    ...{ steps: 4, batchSize: 2, checkpointEvery: 2, sampleEvery: 4, crop: 32, margin: 4, heldFrames: 2 },
    learningRate: { peak: 0.01, warmup: 0, kind: 'constant' },
    ...{ discriminator: [4, 6], fadeSteps: 2, samples: 2, data: { seed: 3, episodes: 1, shots: [3, 3] } },
  },
  animator: {
    steps: 4,
    batchSize: 2,
    checkpointEvery: 2,
    sampleEvery: 4,
    clips: 3,
    heldClips: 2,
    clipFrames: 7,
    strides: [1, 2],
  },
};

/** The stages that it has settings for, in the order in which they need each other. */
export const tinyStages = Object.keys(smaller) as readonly TinyStage[];

/**
 * The tiny preset, with the theatre's settings for training on a few drawn frames of 112 x 64. `changes` are single
 * settings of single stages.
 */
export async function writeTinyTheatre(
  folder: string,
  changes: { readonly [K in TinyStage]?: object } = {},
): Promise<{ preset: string; weights: string }> {
  const tiny = await writeTinyConfigs(folder);
  const theatre = await Preset.open('theatre');
  const json = async (path: string, value: object): Promise<void> => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, JSON.stringify(value));
  };
  await json(join(tiny.preset, 'training', 'data.json'), data);
  await json(join(tiny.preset, 'detector', 'config.json'), { channels: [4, 8], groups: 2, level: 1 });
  // the keyframes' U-Net has a draft, as the theatre's has, for the latents of these frames
  const plain = await Preset.open(tiny.preset, { weights: tiny.weights });
  await json(join(tiny.preset, 'unet', 'config.json'), { ...(await plain.config('unet')), ...draft });
  await json(join(tiny.preset, 'renderer', 'config.json'), {
    ...(await plain.config('renderer')),
    columns: 28,
  });
  // its draft is made for one size, so keyframes are as large as the frames that it learns from
  await json(join(tiny.preset, 'renderer', 'generation_config.json'), {
    ...(await plain.config('renderer', 'generation_config.json')),
    ...{ width: data.width, height: data.height },
  });
  await writeRandomWeights(plain);
  for (const stage of Object.keys(smaller) as TinyStage[]) {
    const settings = {
      ...(await theatre.config('training', `${stage}.json`)),
      ...smaller[stage],
      ...changes[stage],
    };
    await json(join(tiny.preset, 'training', `${stage}.json`), settings);
  }
  await json(join(tiny.weights, 'vae', 'latents.json'), { mean: [0, 0, 0, 0], std: [1, 1, 1, 1] });
  return tiny;
}
