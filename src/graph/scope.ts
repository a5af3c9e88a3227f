import type { DType } from './data.ts';
import { GraphError, parameter, type Shape, type Tensor } from './tensor.ts';

/** How a fresh parameter is drawn. Bounds and deviations are absolute; models compute them from fan-in. */
export type Init =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number };

/** All values 0. */
export const zeros: Init = { kind: 'zeros' };
/** All values 1. */
export const ones: Init = { kind: 'ones' };
/** All values `value`. */
export const filled = (value: number): Init => ({ kind: 'constant', value });
/** Normal with mean 0 and standard deviation `std`. */
export const normal = (std: number): Init => ({ kind: 'normal', std });
/** Uniform from -`bound` to `bound`. */
export const uniform = (bound: number): Init => ({ kind: 'uniform', bound });

/** A parameter that a model declared. */
export interface ParameterInfo {
  /** Full path: the tensor’s name in the checkpoint. */
  readonly name: string;
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** How a fresh value is drawn. */
  readonly init: Init;
  /** The parameter in the graph. */
  readonly tensor: Tensor;
}

/**
 * Another way to compute a linear layer's product x Wᵀ: with a quantised weight, say, or with a low-rank adapter beside
 * it. `rows` [n, in] -> [n, out]; `plain` computes it with the weight itself, and declares that.
 */
export type LinearRule = (p: Scope, rows: Tensor, out: number, plain: () => Tensor) => Tensor;

/** What to do with a block of a model that has `inputs` and one output, such as computing it again in the backward pass. */
export type BlockRule = (inputs: readonly Tensor[], build: () => Tensor) => Tensor;

/** Rules that change how parts of a model are built. */
export interface ParametersOptions {
  /** Called for every linear layer to replace its product. Default: the plain product with the declared weight. */
  readonly linear?: LinearRule;
  /** Called for every block of a model to replace how it is built. Default: the block itself. */
  readonly block?: BlockRule;
}

/** The parameters that a model declared while it was being built, in order of declaration. */
export class Parameters implements Iterable<ParameterInfo> {
  /** How linear layers compute their product, where not plainly. */
  readonly linear: LinearRule | undefined;
  /** What to do with a block of a model. */
  readonly block: BlockRule;
  private readonly infos = new Map<string, ParameterInfo>();
  private readonly prefixes: ReadonlySet<string> | undefined;

  /**
   * @param available tensor names of the checkpoint that will be loaded. Only where a layer was renamed over
   * the years (`Scope.at` with alternatives) do they decide which name is used.
   */
  constructor(
    available?: Iterable<string>,
    { linear, block = (_, build) => build() }: ParametersOptions = {},
  ) {
    this.linear = linear;
    this.block = block;
    if (!available) return;
    const prefixes = new Set<string>();
    for (const name of available) {
      const parts = name.split('.');
      for (let i = 1; i <= parts.length; i++) prefixes.add(parts.slice(0, i).join('.'));
    }
    this.prefixes = prefixes;
  }

  /** The scope of the model's own names, optionally below a prefix such as `model`. */
  scope(path = ''): Scope {
    return new Scope(this, path);
  }

  /** Whether the checkpoint holds something at or below the path; undefined where no checkpoint is known. */
  has(path: string): boolean | undefined {
    return this.prefixes?.has(path);
  }

  /**
   * The parameter `name`, declared at the first call. A second call returns the same tensor.
   * @throws {GraphError} when it was declared with another shape or dtype.
   */
  declare(name: string, shape: Shape, init: Init, dtype: DType = 'float32'): Tensor {
    const known = this.infos.get(name);
    if (known) {
      const { tensor } = known;
      if (tensor.dtype === dtype && known.shape.join() === shape.join()) return tensor;
      throw new GraphError(
        `parameter '${name}' is declared twice: ${tensor.dtype} [${known.shape}] and ${dtype} [${shape}]`,
      );
    }
    const tensor = parameter(name, shape, dtype);
    this.infos.set(name, { name, shape: tensor.shape, init, tensor });
    return tensor;
  }

  /** The declared parameter `name`, or undefined. */
  get(name: string): ParameterInfo | undefined {
    return this.infos.get(name);
  }

  /** Number of parameters (tensors). */
  get count(): number {
    return this.infos.size;
  }

  /** Number of values in all parameters. */
  get size(): number {
    let total = 0;
    for (const p of this) total += p.tensor.size;
    return total;
  }

  /** The declared parameters in order of declaration. */
  [Symbol.iterator](): Iterator<ParameterInfo> {
    return this.infos.values();
  }
}

/** A place in a model: its path is the prefix of the tensor names in the published checkpoint. */
export class Scope {
  /** Where the scope’s parameters are declared. */
  readonly parameters: Parameters;
  /** Prefix of the scope’s parameter names; `` for none. */
  readonly path: string;

  /**
   * @param parameters where the scope's parameters are declared
   * @param path prefix of their names; `` for none
   */
  constructor(parameters: Parameters, path: string) {
    this.parameters = parameters;
    this.path = path;
  }

  /**
   * The scope below this one: `p.at('blocks', 3)` is `blocks.3`. With an array, the names that a layer had in
   * different library versions, newest first: the one that the checkpoint holds is taken.
   */
  at(...names: (string | number | readonly string[])[]): Scope {
    let path = this.path;
    for (const name of names) {
      const options = typeof name === 'object' ? name : [String(name)];
      const full = options.map((o) => (path ? `${path}.${o}` : o));
      path = full.find((f) => this.parameters.has(f)) ?? (full[0] as string);
    }
    return new Scope(this.parameters, path);
  }

  /**
   * A parameter of this scope: one declaration serves loading, checking, initialising and training. Those of another
   * dtype than float32 (quantised weights) can be loaded only.
   */
  param(name: string, shape: Shape, init: Init, dtype?: DType): Tensor {
    return this.parameters.declare(this.path ? `${this.path}.${name}` : name, shape, init, dtype);
  }

  /**
   * A part of a model with one output, of which there are many: layers, blocks of a U-Net. `inputs` are all tensors that it
   * uses beside its parameters. Training may compute it twice to save memory.
   */
  block(inputs: readonly Tensor[], build: () => Tensor): Tensor {
    return this.parameters.block(inputs, build);
  }
}
