import { access } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigJson } from '../models/configs.ts';
import { readConfig } from '../runtime/index.ts';

/** The folder that holds `presets/` and `weights/`: the package's own. */
export const packageRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * The models of a preset; each is a folder of configs below the preset and a folder of weights below the weights. The last
 * three may be missing: then `clip` embeds sentences, and the animator uses the film's `vae` and `clip`.
 */
export const modelNames = [
  'clip',
  'face',
  'vae',
  'compressor',
  'unet',
  'renderer',
  'autoregressor',
  'animator',
  'text',
  'animator_vae',
  'animator_image_encoder',
] as const;
export type ModelName = (typeof modelNames)[number];

/** A preset that is not there, or lacks a file. */
export class PresetError extends Error {
  override readonly name = 'PresetError';
}

/** A folder of configs, and where the weights for them lie. One code path serves all presets: they differ in numbers only. */
export class Preset {
  readonly name: string;
  readonly folder: string;
  readonly weightsFolder: string;

  private constructor(name: string, folder: string, weightsFolder: string) {
    this.name = name;
    this.folder = folder;
    this.weightsFolder = weightsFolder;
  }

  /**
   * Opens a preset by name (`theatre`) or by folder. Weights are taken from `weights`, by default from the package's
   * `weights/<name>`.
   */
  static async open(nameOrFolder: string, options: { weights?: string } = {}): Promise<Preset> {
    const isPath = isAbsolute(nameOrFolder) || nameOrFolder.includes('/');
    const folder = isPath ? resolve(nameOrFolder) : join(packageRoot, 'presets', nameOrFolder);
    if (!(await exists(folder))) {
      throw new PresetError(`preset '${nameOrFolder}': no folder ${folder}; the one that ships is 'theatre'`);
    }
    const name = folder.split('/').at(-1) as string;
    return new Preset(
      name,
      folder,
      options.weights ? resolve(options.weights) : join(packageRoot, 'weights', name),
    );
  }

  /** A JSON file of the preset, e.g. `config('vae')` or `config('clip', 'preprocessor_config.json')`. */
  async config(part: string, file = 'config.json'): Promise<ConfigJson> {
    const path = join(this.folder, part, file);
    if (!(await exists(path))) throw new PresetError(`preset '${this.name}': ${path} is missing`);
    return readConfig(path);
  }

  /** Whether the preset has a model: see `modelNames` for those that may be missing. */
  has(model: ModelName): Promise<boolean> {
    return exists(join(this.folder, model, 'config.json'));
  }

  /** The folder of a model's weights; `decoder` is what the renderer's training starts from, `detector` what metrics use. */
  weights(model: ModelName | 'decoder' | 'detector'): string {
    return join(this.weightsFolder, model);
  }

  /** Fails with one message that names all models whose weights are not there. */
  async requireWeights(models: readonly ModelName[]): Promise<void> {
    const missing: string[] = [];
    for (const model of models) if (!(await exists(this.weights(model)))) missing.push(model);
    if (missing.length > 0) {
      throw new PresetError(
        `preset '${this.name}': no weights for ${missing.join(', ')} in ${this.weightsFolder}; ` +
          `train them (npx moviedreamer train all) or give their folder with --weights`,
      );
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
