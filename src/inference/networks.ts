import type { Scope, Tensor } from '../graph/index.ts';
import type { ModelSource, Network, NetworkOptions } from '../presets/index.ts';
import { releaseAll } from './release.ts';

type Build = (p: Scope) => Readonly<Record<string, Tensor>>;

/** The compiled graphs of one model, each made when it is first needed and kept until `release`. */
export class Networks {
  private readonly source: ModelSource;
  private readonly known = new Map<string, Promise<Network>>();

  constructor(source: ModelSource) {
    this.source = source;
  }

  /**
   * The network that `build` describes. `key` names everything that the graph depends on, such as its sizes. One that
   * could not be made is not remembered: the next call tries again.
   */
  get(key: string, build: Build, options?: NetworkOptions): Promise<Network> {
    const known = this.known.get(key);
    if (known) return known;
    const made = this.source.load(build, options);
    this.known.set(key, made);
    made.catch(() => {
      if (this.known.get(key) === made) this.known.delete(key);
    });
    return made;
  }

  /** Releases all networks, those still in the making included, whatever fails; throws the first error. */
  async release(): Promise<void> {
    const all = [...this.known.values()];
    this.known.clear();
    await releaseAll(
      all.map((made) => async () => {
        const network = await made.catch(() => undefined);
        await network?.release();
      }),
    );
  }
}
