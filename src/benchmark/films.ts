import { join } from 'node:path';
import { MovieDreamer, RunFolder, readScript } from '../film/index.ts';
import { generationConfig, type ModelLoader } from '../inference/index.ts';
import { modelsOf, type Preset } from '../presets/index.ts';
import type { DeviceName } from '../runtime/index.ts';
import { keyOf } from './cache.ts';
import type { PictureSet } from './render.ts';
import type { PartEvent } from './settings.ts';

/** Where and with what films are made. */
export interface BenchmarkContext {
  readonly models: ModelLoader;
  readonly cache: string;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly seed: number;
}

/**
 * Makes the keyframes of scripts exactly as `generate` does, one run folder a script; what a folder has already is
 * taken as the product itself takes it.
 */
export async function* makeFilms(
  part: string,
  context: BenchmarkContext,
  scripts: readonly string[],
): AsyncGenerator<PartEvent, PictureSet, void> {
  const { models, cache, device, threads, seed } = context;
  const { preset } = models;
  const names = await modelsOf(preset, ['tokens', 'references', 'keyframe']);
  const prints = await Promise.all(names.map((n) => models.fingerprint(n)));
  const key = keyOf(scripts, seed, prints, await settingsOf(preset));
  const dreamer = await MovieDreamer.load(preset.folder, {
    weights: preset.weightsFolder,
    ...(device ? { device } : {}),
    ...(threads ? { threads } : {}),
  });
  const pictures: string[][] = [];
  try {
    const all = await Promise.all(scripts.map(readScript));
    const total = all.reduce((n, s) => n + s.shots.length, 0);
    let done = 0;
    for (const [i, script] of all.entries()) {
      const out = join(cache, `films-${key}`, String(i).padStart(4, '0'));
      const options = { out, seed: seed + i, stage: 'keyframes', force: true } as const;
      for await (const event of dreamer.dream(script, options)) {
        if (event.type === 'keyframe') yield { type: 'part', part, done: ++done, total };
      }
      const folder = await RunFolder.read(out);
      pictures.push(script.shots.map((_, shot) => folder.keyframe(shot)));
    }
  } finally {
    await dreamer.close();
  }
  return { key, pictures };
}

async function settingsOf(preset: Preset): Promise<unknown[]> {
  return [
    await generationConfig(preset, 'autoregressor'),
    await generationConfig(preset, 'renderer'),
    await preset.config('scheduler', 'scheduler_config.json'),
  ];
}
