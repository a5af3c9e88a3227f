import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkpointIn } from '../../checkpoints/index.ts';
import { adaptedLayers, type ModelName, type Preset } from '../../presets/index.ts';
import type { StageContext } from '../stage.ts';
import { TrainingError } from '../task.ts';

/** The model that a stage adapts. */
export interface AdaptedBase {
  /** See `Checkpoint.open`. */
  readonly paths: readonly string[];
  /** How `adapter_config.json` names it: its folder, or its repo. */
  readonly name: string;
}

/**
 * Finds the model that adapters are trained for: in the folder that the run starts from, below the adapter there, or where
 * the preset has it. Throws TrainingError where it is nowhere.
 */
export async function baseOf(
  { preset, from }: Pick<StageContext, 'preset' | 'from'>,
  stage: string,
  model: 'autoregressor' | 'unet',
): Promise<AdaptedBase> {
  const given = from === undefined ? undefined : await modelAt(join(from, model));
  if (given) return given;
  const own = preset.weightsIn(model);
  const layers: string[] = [];
  for (const path of preset.layers(model)) {
    if (path !== own || (await checkpointIn(own))) layers.push(path);
  }
  if (layers.length > 0)
    return { paths: layers, name: repoOf(preset, model, layers) ?? placeOf(layers[0] as string) };
  const below = await modelAt(own);
  if (below) return below;
  throw new TrainingError(
    `${stage}: lora needs the weights of the model that is adapted (${model}), which are not in ${preset.weightsFolder}; ` +
      'give a folder of them with --from or --weights (npx moviedreamer models says what is there)',
  );
}

/** A folder's checkpoint, or the one below its adapter. */
async function modelAt(folder: string): Promise<AdaptedBase | undefined> {
  if (!(await exists(folder))) return undefined;
  if (await checkpointIn(folder)) return { paths: [folder], name: resolve(folder) };
  const { layers, adapter } = await adaptedLayers([folder], folder).catch(() => ({
    layers: [],
    adapter: undefined,
  }));
  const [base] = layers;
  return adapter && base ? { paths: [base], name: placeOf(base) } : undefined;
}

/** The repo from which a published model comes. */
function repoOf(preset: Preset, model: ModelName, layers: readonly string[]): string | undefined {
  const part = preset.manifest?.parts[model];
  const isOwn = layers.some((path) => path.startsWith(preset.weightsIn(model)));
  return part && part.kind !== 'trained' && 'repo' in part.source && !isOwn ? part.source.repo : undefined;
}

const placeOf = (path: string): string =>
  resolve(/\.(safetensors|json|bin|pt|pth)$/.test(path) ? dirname(path) : path);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
