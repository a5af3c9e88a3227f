import type { Scope, Tensor, TensorData } from '../graph/index.ts';
import type { ModelSource, Network } from '../presets/index.ts';
import { Networks } from './networks.ts';

/** Batch sizes that graphs are compiled for. */
export const batchSizes: readonly number[] = [1, 8, 32];

/**
 * Cuts `n` rows into batches of the compiled sizes. A batch is padded where at least half of it is used; otherwise the
 * next smaller size is taken: 9 rows are 8 + 1, 20 rows are one batch of 32.
 */
export function planBatches(
  n: number,
  sizes: readonly number[] = batchSizes,
): { from: number; to: number; size: number }[] {
  const plan: { from: number; to: number; size: number }[] = [];
  for (let from = 0; from < n; ) {
    const left = n - from;
    const size = sizes.findLast(
      (s, i) => i === 0 || left >= s || (left > (sizes[i - 1] as number) && left * 2 >= s),
    ) as number;
    const to = Math.min(n, from + size);
    plan.push({ from, to, size });
    from = to;
  }
  return plan;
}

/** Builds the graph of one batch size (and variant). */
export type BatchGraph = (p: Scope, size: number, variant: number) => Readonly<Record<string, Tensor>>;

/** One model, compiled on first use for each batch size and variant (a sequence length, say), and kept. */
export class BatchedNetwork {
  private readonly build: BatchGraph;
  private readonly networks: Networks;

  constructor(source: ModelSource, build: BatchGraph) {
    this.build = build;
    this.networks = new Networks(source);
  }

  /**
   * Runs `n` rows in batches. `feeds(from, to, size)` gives inputs of `size` rows, of which the first `to - from`
   * count. Returns the float32 outputs of the `n` rows, one after the other.
   */
  async run(
    n: number,
    feeds: (from: number, to: number, size: number) => Readonly<Record<string, TensorData>>,
    variant = 0,
  ): Promise<Record<string, Float32Array>> {
    const outputs: Record<string, Float32Array> = {};
    for (const { from, to, size } of planBatches(n)) {
      const network = await this.network(size, variant);
      for (const [name, { data }] of Object.entries(await network.run(feeds(from, to, size)))) {
        const row = data.length / size;
        outputs[name] ??= new Float32Array(n * row);
        outputs[name].set((data as Float32Array).subarray(0, (to - from) * row), from * row);
      }
    }
    return outputs;
  }

  release(): Promise<void> {
    return this.networks.release();
  }

  private network(size: number, variant: number): Promise<Network> {
    return this.networks.get(`${size} ${variant}`, (p) => this.build(p, size, variant));
  }
}
