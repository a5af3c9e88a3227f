import { GraphError, parameter, type Shape, type Tensor } from './tensor.ts';

/** How a fresh parameter is drawn. Bounds and deviations are absolute; models compute them from fan-in. */
export type Init =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number };

export const zeros: Init = { kind: 'zeros' };
export const ones: Init = { kind: 'ones' };
export const filled = (value: number): Init => ({ kind: 'constant', value });
export const normal = (std: number): Init => ({ kind: 'normal', std });
export const uniform = (bound: number): Init => ({ kind: 'uniform', bound });

export interface ParameterInfo {
  readonly name: string;
  readonly shape: Shape;
  readonly init: Init;
  readonly tensor: Tensor;
}

/** The parameters that a model declared while it was being built, in order of declaration. */
export class Parameters implements Iterable<ParameterInfo> {
  private readonly infos = new Map<string, ParameterInfo>();
  private readonly prefixes: ReadonlySet<string> | undefined;

  /**
   * @param available tensor names of the checkpoint that will be loaded. Only where a layer was renamed over
   * the years (`Scope.at` with alternatives) do they decide which name is used.
   */
  constructor(available?: Iterable<string>) {
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

  declare(name: string, shape: Shape, init: Init): Tensor {
    const known = this.infos.get(name);
    if (known) {
      if (known.shape.join() === shape.join()) return known.tensor;
      throw new GraphError(`parameter '${name}' is declared twice: [${known.shape}] and [${shape}]`);
    }
    const tensor = parameter(name, shape);
    this.infos.set(name, { name, shape: tensor.shape, init, tensor });
    return tensor;
  }

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

  [Symbol.iterator](): Iterator<ParameterInfo> {
    return this.infos.values();
  }
}

/** A place in a model: its path is the prefix of the tensor names in the published checkpoint. */
export class Scope {
  readonly parameters: Parameters;
  readonly path: string;

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

  /** A parameter of this scope: one declaration serves loading, checking, initialising and training. */
  param(name: string, shape: Shape, init: Init): Tensor {
    return this.parameters.declare(this.path ? `${this.path}.${name}` : name, shape, init);
  }
}
