import { adapterScale, Checkpoint, checkpointIn, checkTensors } from '../../checkpoints/index.ts';
import type { LinearRule, ParameterInfo, Scope } from '../../graph/index.ts';
import { composeLinear, isLora, isTarget, lora } from '../../nn/index.ts';
import { fingerprintFiles, prepareWeights, quantizedRule } from '../../presets/index.ts';
import { type FrozenBase, type SavedAdapter, TrainingError } from '../task.ts';
import { checkpointWeights, type Weights } from '../weights.ts';
import type { LoraSettings } from './settings.ts';

export interface AdaptedModelOptions {
  /** The stage, in messages. */
  readonly stage: string;
  /** Parameters of the model are below this path in the stage's graph, '' where they are named as published. */
  readonly prefix: string;
  /** Checkpoints of the model, see `Checkpoint.open`. */
  readonly base: readonly string[];
  /** The path below which the checkpoint has the model. */
  readonly basePrefix?: string;
  /** What `adapter_config.json` names as the model: a path or a repo. */
  readonly baseName: string;
  /** Whether a tensor is the published model's; others are this project's own. */
  readonly publishes: (name: string) => boolean;
  /** Whether the stage trains a tensor of the checkpoint wholly. */
  readonly trains: (name: string) => boolean;
  /** Builds a graph with the published model's parameters. */
  readonly declare: (p: Scope) => unknown;
  readonly layout: SavedAdapter['layout'];
}

/**
 * A model that a stage adapts (Hu et al., 2021): its weights stay in the files in which they lie, mapped into the step's
 * graph, without gradients and optimizer state; adapters beside its linear layers are trained.
 */
export class AdaptedModel {
  /** For `Parameters`: adds adapters to the linear layers that are targets. */
  readonly linear: LinearRule;
  private readonly settings: LoraSettings;
  private readonly options: AdaptedModelOptions;
  private readonly checkpoint: Checkpoint;
  private readonly quantized: LinearRule | undefined;
  private readonly identity: string;
  private readonly matched = new Set<string>();

  private constructor(
    settings: LoraSettings,
    options: AdaptedModelOptions,
    checkpoint: Checkpoint,
    identity: string,
  ) {
    this.settings = settings;
    this.options = options;
    this.checkpoint = checkpoint;
    this.identity = identity;
    const { r, alpha, targets, rslora } = settings;
    const layer = { r, scale: adapterScale(r, alpha, rslora) };
    const adapters = lora((path) => {
      const own = this.own(path);
      if (own === undefined || !options.publishes(own)) return undefined;
      const matching = targets.filter((target) => isTarget(own, target));
      for (const target of matching) this.matched.add(target);
      return matching.length > 0 ? layer : undefined;
    });
    const stored = {
      names: () => checkpoint.names(),
      has: (name: string) => checkpoint.has(this.stored(name) ?? ''),
      info: (name: string) => checkpoint.info(this.stored(name) ?? ''),
    };
    // inputs are not rounded, too: gradients would leave it out
    this.quantized = quantizedRule(stored, () => 'float32');
    this.linear = composeLinear(adapters, this.quantized);
  }

  /** Opens the model's checkpoint, in the form that the settings say. Throws `CheckpointError` where it is not there. */
  static async open(settings: LoraSettings, options: AdaptedModelOptions): Promise<AdaptedModel> {
    const { base, basePrefix = '', declare } = options;
    // what was trained beside it before is no part of the model, and may lie where this run will write
    const alone = await Promise.all(base.map(async (path) => (await checkpointIn(path)) ?? path));
    const format = settings.base;
    const below = (p: Scope): Scope => (basePrefix ? p.at(basePrefix) : p);
    const paths =
      format === 'stored'
        ? alone
        : [await prepareWeights(alone, { format, declare: (p) => declare(below(p)) })];
    const checkpoint = await Checkpoint.open(paths);
    await checkpoint.close(); // its headers are read, and ONNX Runtime maps the files itself
    return new AdaptedModel(settings, options, checkpoint, await fingerprintFiles(...alone));
  }

  /**
   * Those of the parameters that the stage trains: adapters, what is trained wholly, and what the checkpoint does not
   * have. Throws TrainingError where a target is no layer, `CheckpointError` where a tensor of the model is missing.
   */
  trained(parameters: Iterable<ParameterInfo>): ParameterInfo[] {
    const { stage, publishes, trains } = this.options;
    const unmatched = this.settings.targets.filter((target) => !this.matched.has(target));
    if (unmatched.length > 0) {
      throw new TrainingError(
        `${stage}: lora.targets: ${unmatched.map((t) => `'${t}'`).join(', ')}: no linear layer of the model has such a ` +
          "path; targets are whole paths, or their last components, such as 'q_proj' or 'to_out.0'",
      );
    }
    const trained: ParameterInfo[] = [];
    const frozen = new Map<string, ParameterInfo>();
    for (const p of parameters) {
      const own = this.own(p.name);
      const stored = this.stored(p.name);
      if (own === undefined || stored === undefined || isLora(own) || trains(own)) trained.push(p);
      else if (publishes(own) || this.checkpoint.has(stored)) frozen.set(stored, p);
      else trained.push(p);
    }
    const expected = [...frozen].map(
      ([
        name,
        {
          shape,
          tensor: { dtype },
        },
      ]) => {
        return [name, { shape, ...(dtype === 'float32' ? {} : { dtype }) }] as const;
      },
    );
    checkTensors(this.checkpoint, new Map(expected), { ignore: [/./] });
    return trained;
  }

  /** What compiles the graphs of the step and of samples. */
  frozen(trained: readonly ParameterInfo[]): FrozenBase {
    const names = new Set(trained.map(({ name }) => name));
    const { folder, locate } = this.checkpoint.weights();
    return {
      weights: {
        folder,
        locate: (name) => {
          const stored = names.has(name) ? undefined : this.stored(name);
          return stored === undefined ? undefined : locate(stored);
        },
      },
      linear: this.linear,
      // ONNX Runtime multiplies with quantised matrices in an order of its own
      ...(this.quantized ? { tuning: { prepacking: true } } : {}),
      identity: `${this.settings.base} ${this.identity}`,
    };
  }

  /** Values of trained parameters that lie with the model, such as additions of an earlier training. */
  async initial(trained: readonly ParameterInfo[]): Promise<Weights> {
    const stored = trained.flatMap(({ name }) => {
      const own = this.stored(name);
      return own === undefined ? [] : [[name, own] as const];
    });
    return checkpointWeights(this.options.base, new Map(stored));
  }

  /** How the adapters are written. */
  get saved(): SavedAdapter {
    const { r, alpha, targets, rslora } = this.settings;
    const { layout, baseName: base } = this.options;
    return { layout, settings: { r, alpha, targets, rslora, base } };
  }

  /** A parameter's name in the published model, undefined where it is none of its. */
  private own(name: string): string | undefined {
    const { prefix } = this.options;
    if (prefix === '') return name;
    return name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : undefined;
  }

  /** A parameter's name in the checkpoint. */
  private stored(name: string): string | undefined {
    const { basePrefix = '' } = this.options;
    const own = this.own(name);
    return own === undefined || basePrefix === '' ? own : `${basePrefix}.${own}`;
  }
}
