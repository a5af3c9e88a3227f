import { type ConfigJson, configError, MovieDreamerError } from '../base/index.ts';
import { Parameters } from '../graph/index.ts';
import type { ModelName, Preset } from '../presets/index.ts';
import { running } from './declare.ts';
import { generationConfig, optionalConfig } from './generationConfig.ts';
import { clipStatistics } from './preprocess/clipPreprocess.ts';
import { samplerOf } from './sampler.ts';

/**
 * Reads all configs of some models of a preset as making a film does, so that what is wrong with one is said before
 * anything is computed.
 * @throws ConfigError, PresetError or CheckpointError, which name the file.
 */
export async function checkConfigs(preset: Preset, names: readonly ModelName[]): Promise<void> {
  for (const name of names) {
    if (!(await preset.has(name))) continue;
    checkModel(name, await preset.config(name));
    const preprocessor = await optionalConfig(preset, name, 'preprocessor_config.json');
    if (preprocessor) clipStatistics(preprocessor);
    if (name === 'unet') await checkScheduler(preset, 'scheduler');
    if (name === 'animator') await checkScheduler(preset, 'animator');
    // it is told how the compressed tokens were normalised
    if (name === 'autoregressor') checkModel('compressor', await preset.config('compressor'));
    if (name === 'autoregressor' || name === 'renderer' || name === 'animator')
      await generationConfig(preset, name);
  }
}

/** Whether a model can be put together after its config. */
export function checkModel(name: ModelName, config: ConfigJson): void {
  try {
    running[name](new Parameters().scope(), config);
  } catch (error) {
    // sizes that do not fit each other show only where layers meet
    const isOfSizes =
      error instanceof RangeError || (MovieDreamerError.isInstance(error) && error.code === 'GRAPH_INVALID');
    if (!isOfSizes) throw error;
    throw configError(config, `its sizes do not fit each other: ${error.message}`, error);
  }
}

async function checkScheduler(preset: Preset, part: string): Promise<void> {
  const json = await optionalConfig(preset, part, 'scheduler_config.json');
  if (json) samplerOf(json);
}
