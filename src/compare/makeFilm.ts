import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DreamEvent, type DreamOptions, type LoadDreamerOptions, MovieDreamer } from '../film/index.ts';
import {
  type AuxiliaryModel,
  changedConfigs,
  hasWeights,
  type ModelName,
  modelNames,
  type Preset,
  writeConfigs,
} from '../presets/index.ts';
import type { Script } from '../script/index.ts';
import type { FilmChange } from './method.ts';

export interface MakeFilmOptions {
  readonly preset: Preset;
  readonly load: LoadDreamerOptions;
  readonly dream: DreamOptions;
  /** Where a preset with changes goes. */
  readonly variant: string;
}

/** Makes a script's film as a method does, or brings it up to date. */
export async function* makeFilm(
  script: Script,
  { configs, weights, makers = {}, settings = {} }: FilmChange,
  { preset, load, dream, variant }: MakeFilmOptions,
): AsyncGenerator<DreamEvent, void, void> {
  const given = configs ? await changedPreset(preset, configs, variant) : preset.given;
  const first = weights === undefined ? {} : { weights: await layered(preset, weights, variant) };
  await using dreamer = await MovieDreamer.loadVariant(given, { ...load, ...first }, makers);
  yield* dreamer.dream(script, { ...dream, ...settings });
}

/** The preset with other configs, in a folder of the same name: by it the package's weights are found. */
async function changedPreset(
  preset: Preset,
  configs: NonNullable<FilmChange['configs']>,
  variant: string,
): Promise<string> {
  const folder = join(variant, preset.name);
  await rm(folder, { recursive: true, force: true }); // a config that the preset has no longer
  await writeConfigs(folder, await changedConfigs(preset.folder, configs));
  return folder;
}

/**
 * A folder of weights that has the models of `weights`, and those of the preset where it has none. A preset of published
 * models looks for each in its own layout: there `weights` must have all.
 */
async function layered(preset: Preset, weights: string, variant: string): Promise<string> {
  if (preset.manifest) return weights;
  const folder = join(variant, 'weights');
  await rm(folder, { recursive: true, force: true });
  for (const model of [...modelNames, 'detector'] as readonly (ModelName | AuxiliaryModel)[]) {
    const own = join(weights, model);
    const from = (await hasWeights(own)) ? own : preset.weightsIn(model);
    if (!(await hasWeights(from))) continue;
    await mkdir(dirname(join(folder, model)), { recursive: true });
    await symlink(from, join(folder, model), 'junction');
  }
  return folder;
}
