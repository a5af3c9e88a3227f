import { access, readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigJson } from '../base/configJson.ts';
import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import { preprocessorFiles, readConfig, readPreprocessor } from '../checkpoints/index.ts';
import {
  howToGet,
  type Located,
  type LocateOptions,
  locate,
  type Manifest,
  readManifest,
  type Variant,
} from '../hub/index.ts';
import { looseWeights, misplacedAdapters, unusedWeights } from './strays.ts';

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
/** A model that `generate` runs: one of `modelNames`. */
export type ModelName = (typeof modelNames)[number];

/** Models that training makes and `generate` does not run: the renderer's starting point, and the metrics' face detector. */
export type AuxiliaryModel = 'decoder' | 'detector';
const auxiliaryModels: readonly AuxiliaryModel[] = ['decoder', 'detector'];

/** A preset that is not there, or lacks a file. */
export class PresetError extends MovieDreamerError {
  static override readonly kind: string = 'PresetError';
  static override readonly code: ErrorCode = 'PRESET_INVALID';
}

/** Where the weights of a preset are read from. */
export interface OpenPresetOptions {
  /**
   * A folder of weights: in our own layout (a folder for each model), as downloaded, or a cache of the hub. Models that it
   * lacks are read from the package, where that has weights for the preset: see `borrowed`.
   */
  readonly weights?: string | undefined;
  /** The folder whose models are read where `weights` lacks them. Default: the package's `weights/<name>`. */
  readonly packaged?: string | undefined;
  /**
   * Whether `weights` is a folder that a training fills, which may be empty or missing yet. Default false: then a folder with
   * none of the preset's models lends nothing from the package, since it is more likely a mistyped path.
   */
  readonly filling?: boolean | undefined;
  /** Which variant of published checkpoints is taken where several are there. Default: full precision. */
  readonly variant?: Variant | undefined;
}

/** A folder of configs, and where the weights for them lie. One code path serves all presets: they differ in numbers only. */
export class Preset {
  /** The name of its folder. */
  readonly name: string;
  /** The name or path that the preset was opened with; `--preset` takes it. */
  readonly given: string;
  /** Absolute path of the folder of configs. */
  readonly folder: string;
  /** Absolute path of the folder that weights are read from first. */
  readonly weightsFolder: string;
  /** Who publishes its models, and as what; undefined where the package ships all weights. */
  readonly manifest: Manifest | undefined;
  private readonly search: LocateOptions;
  private readonly found = new Map<string, Located>();
  /** Models that are read from the package, though another folder of weights was given. */
  private readonly lent = new Set<ModelName | AuxiliaryModel>();
  /** Models that the given folder has. */
  private readonly kept = new Set<ModelName | AuxiliaryModel>();

  private constructor(given: string, folder: string, search: LocateOptions, manifest: Manifest | undefined) {
    this.name = basename(folder);
    this.given = given;
    this.folder = folder;
    this.weightsFolder = search.weights ?? search.packaged;
    this.manifest = manifest;
    this.search = search;
  }

  /**
   * Opens a preset by name (`theatre`) or by folder. Weights are taken from `weights`, by default from the package's
   * `weights/<name>`; where the preset says who publishes its models (`models.json`), also from the hub's cache.
   */
  static async open(nameOrFolder: string, options: OpenPresetOptions = {}): Promise<Preset> {
    const isPath = isAbsolute(nameOrFolder) || nameOrFolder.includes('/');
    const folder = isPath ? resolve(nameOrFolder) : join(packageRoot, 'presets', nameOrFolder);
    if (!(await exists(folder))) {
      throw new PresetError(`preset '${nameOrFolder}': no folder ${folder}; the one that ships is 'theatre'`);
    }
    const search = {
      packaged: options.packaged ?? join(packageRoot, 'weights', basename(folder)),
      ...(options.weights ? { weights: resolve(options.weights) } : {}),
      ...(options.variant ? { variant: options.variant } : {}),
    };
    const preset = new Preset(nameOrFolder, folder, search, await readManifest(folder));
    for (const model of modelNames) await preset.locate(model);
    await preset.findBorrowed(options.filling ?? false);
    return preset;
  }

  /** A JSON file of the preset, e.g. `config('vae')` or `config('clip', 'preprocessor_config.json')`. */
  async config(part: string, file = 'config.json'): Promise<ConfigJson> {
    const path = join(this.folder, part, file);
    if (file === preprocessorFiles[0]) {
      const preprocessor = await readPreprocessor(dirname(path));
      if (preprocessor) return preprocessor;
    }
    if (!(await exists(path))) throw new PresetError(`preset '${this.name}': ${path} is missing`);
    return readConfig(path);
  }

  /** Whether the preset has a file, such as `training/vae.json`. */
  hasFile(...path: readonly string[]): Promise<boolean> {
    return exists(join(this.folder, ...path));
  }

  /** Whether the preset has a model: see `modelNames` for those that may be missing. */
  has(model: ModelName): Promise<boolean> {
    return exists(join(this.folder, model, 'config.json'));
  }

  /** Whether somebody else publishes a model's weights, so that no stage of training makes them all. */
  isPublished(model: ModelName): boolean {
    const part = this.manifest?.parts[model];
    return part !== undefined && part.kind !== 'trained';
  }

  /** The folder into which a model's weights are saved when it is trained here. What it runs with is `layers`. */
  weights(model: ModelName | AuxiliaryModel): string {
    return join(this.weightsFolder, model);
  }

  /** The folder from which a model's own weights are read: `weights`, or where that folder lacks it, the package's. */
  weightsIn(model: ModelName | AuxiliaryModel): string {
    return this.lent.has(model) ? join(this.search.packaged, model) : this.weights(model);
  }

  /** Models that are read from the package because the given folder of weights lacks them. */
  get borrowed(): readonly (ModelName | AuxiliaryModel)[] {
    return [...this.lent];
  }

  /** Models that the given folder of weights has, in our own layout. */
  get owned(): readonly (ModelName | AuxiliaryModel)[] {
    return [...this.kept];
  }

  /** The package's own weights for the preset; there need not be any. */
  get packagedWeights(): string {
    return this.search.packaged;
  }

  /**
   * A model's checkpoints in layering order, the published base first: tensors of later ones hide those of earlier ones.
   * Where nothing was found, the folder of its own weights.
   */
  layers(model: ModelName): readonly string[] {
    const { layers = [] } = this.found.get(model) ?? {};
    return layers.length > 0 ? layers.map(({ path }) => path) : [this.weightsIn(model)];
  }

  /** The folders in which a model's weights lie, that of its own weights first. */
  folders(model: ModelName): readonly string[] {
    const { layers = [] } = this.found.get(model) ?? {};
    return [...new Set([this.weightsIn(model), ...layers.map(({ folder }) => folder).reverse()])];
  }

  /**
   * Weights that lie in the folders of some models and are not read, such as a `.bin` beside a `.safetensors`: one line
   * each, without a full stop. The hub's own cache, which all of its clients fill, is not looked at.
   */
  async unusedWeights(models: readonly ModelName[]): Promise<string[]> {
    const own = this.foldersWithin(models);
    return [...(await unusedWeights(own)), ...(await this.looseWeights())];
  }

  /** Folders of models below the folder of weights. */
  private foldersWithin(models: readonly ModelName[]): string[] {
    const within = `${this.weightsFolder}${sep}`;
    return models.flatMap((model) => this.folders(model)).filter((folder) => folder.startsWith(within));
  }

  private async looseWeights(): Promise<string[]> {
    return (await looseWeights(this.weightsFolder, this.manifest)).map(looseText);
  }

  /** The path of a file that lies with a model's weights, such as its tokenizer; undefined where there is none. */
  async file(model: ModelName, name: string): Promise<string | undefined> {
    for (const folder of this.folders(model)) {
      const path = join(folder, name);
      if (await exists(path)) return path;
    }
    return undefined;
  }

  /** Looks for a model's weights (again: pulling and training change them); undefined where `models.json` has no such part. */
  async locate(model: ModelName): Promise<Located | undefined> {
    const part = this.manifest?.parts[model];
    if (!part) return undefined;
    const located = await locate(model, part, this.search);
    this.found.set(model, located);
    return located;
  }

  /**
   * Fails with one message that names all models whose weights are not there, and says how to get them. Models that the
   * preset does not have need none.
   */
  async requireWeights(models: readonly ModelName[]): Promise<void> {
    const incomplete: Located[] = [];
    const missing: ModelName[] = [];
    for (const model of models) {
      if (!(await this.has(model))) continue;
      const located = await this.locate(model);
      if (located && located.gaps.length > 0) incomplete.push(located);
      if (!located && !(await exists(this.weightsIn(model)))) missing.push(model);
    }
    const [adapter] = await misplacedAdapters(this.foldersWithin(models));
    if (adapter !== undefined) {
      throw new PresetError(
        `${adapter}: adapters are read from the folder of the model that they adapt: move it there, such as into ` +
          join(this.weightsFolder, 'unet'),
      );
    }
    if (this.manifest && incomplete.length > 0) {
      const names = incomplete.map(({ name }) => name).join(', ');
      const loose = await this.looseWeights();
      const steps = [...loose, ...howToGet(incomplete, this.manifest, this.given)].map(
        (step) => `\n- ${step}`,
      );
      throw new PresetError(
        `preset '${this.name}': the weights of ${names} are not all there. Give their folder with --weights, or` +
          steps.join(''),
      );
    }
    if (missing.length > 0) {
      throw new PresetError(
        `preset '${this.name}': no weights for ${missing.join(', ')} in ${this.weightsFolder}; ` +
          `train them (npx moviedreamer train all) or give their folder with --weights`,
      );
    }
  }

  /** Looks which models the given folder lacks and the package has. */
  private async findBorrowed(filling: boolean): Promise<void> {
    const { packaged, weights } = this.search;
    if (weights === undefined || this.manifest || resolve(weights) === packaged) return;
    const lacking: (ModelName | AuxiliaryModel)[] = [];
    for (const model of [...modelNames, ...auxiliaryModels]) {
      if (await hasWeights(this.weights(model))) this.kept.add(model);
      else if (await hasWeights(join(packaged, model))) lacking.push(model);
    }
    if (filling || this.kept.size > 0) for (const model of lacking) this.lent.add(model);
  }
}

/** Whether a folder has files of weights, be it a model, an adapter or additions; whether they can be read is seen later. */
export async function hasWeights(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch((): string[] => []);
  return files.some((name) => !name.startsWith('.') && /\.(safetensors|bin|pt|pth|index\.json)$/.test(name));
}

const looseText = (path: string): string =>
  `${path} is not read: weights lie in a folder for each part, such as ${join(dirname(path), 'unet')}; a single-file ` +
  'checkpoint of a whole pipeline must be split first (docs/checkpoints.md)';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
