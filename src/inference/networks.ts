import type { Scope, Tensor } from '../graph/index.ts';
import type { ModelSource, Network, NetworkOptions } from '../presets/index.ts';

type Build = (p: Scope) => Readonly<Record<string, Tensor>>;

/** The compiled graphs of one model, each made when it is first needed and kept until `release`. */
export class Networks {
  private readonly source: ModelSource;
  private readonly known = new Map<string, Promise<Network>>();

  constructor(source: ModelSource) {
    this.source = source;
  }

  /** The network that `build` describes. `key` names everything that the graph depends on, such as its sizes. */
  get(key: string, build: Build, options?: NetworkOptions): Promise<Network> {
    const known = this.known.get(key) ?? this.source.load(build, options);
    this.known.set(key, known);
    return known;
  }

  async release(): Promise<void> {
    const all = [...this.known.values()];
    this.known.clear();
    for (const network of all) await (await network).release();
  }
}
