import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTinyPreset } from '../../dreamer/testing/tinyPreset.ts';

/** Settings that every stage has; a few steps, done in seconds. */
const common = {
  steps: 4,
  batchSize: 2,
  learningRate: { peak: 0.002, warmup: 2, kind: 'cosine', final: 0 },
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
  emaDecay: 0.9,
  checkpointEvery: 2,
  sampleEvery: 4,
};
type Stage = 'vae' | 'animator';
const data = {
  width: 112,
  height: 64,
  train: { seed: 1, episodes: 2, shots: [3, 4] },
  validation: { seed: 2, episodes: 1, shots: [3, 3] },
};
const stages: Readonly<Record<Stage, object>> = {
  vae: { crop: 32, klWeight: 1e-6, edgeWeight: 0.5 },
  animator: {
    noiseOffset: 0,
    timesteps: 'uniform',
    minSnrGamma: 0,
    clips: 3,
    heldClips: 2,
    clipFrames: 7,
    strides: [1, 2],
    conditioningDropout: 0.1,
    noiseAugmentation: 0.1,
    fromImageWeights: true,
  },
};

/**
 * `writeTinyPreset`, with settings for training on a few drawn frames of 112 x 64. `changes` are single settings of
 * single stages.
 */
export async function writeTinyTheatre(
  folder: string,
  changes: { readonly [K in Stage]?: object } = {},
): Promise<{ preset: string; weights: string }> {
  const tiny = await writeTinyPreset(folder);
  const training = join(tiny.preset, 'training');
  await mkdir(training, { recursive: true });
  await writeFile(join(training, 'data.json'), JSON.stringify(data));
  for (const [stage, own] of Object.entries(stages)) {
    const settings = { ...common, ...own, ...changes[stage as Stage] };
    await writeFile(join(training, `${stage}.json`), JSON.stringify(settings));
  }
  const statistics = { mean: [0, 0, 0, 0], std: [1, 1, 1, 1] };
  await writeFile(join(tiny.weights, 'vae', 'latents.json'), JSON.stringify(statistics));
  return tiny;
}
