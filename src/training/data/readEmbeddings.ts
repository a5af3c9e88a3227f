import { f32 } from '../../graph/index.ts';
import type { Network } from '../../presets/index.ts';

/**
 * What the outputs of a network of `rows` embeddings `x` say of `n` of them, [n, d] one after the other: for each output
 * a row for each embedding.
 */
export async function readEmbeddings(
  network: Network,
  rows: number,
  embeddings: Float32Array,
  n: number,
): Promise<Record<string, Float32Array[]>> {
  const d = embeddings.length / n;
  const read: Record<string, Float32Array[]> = {};
  for (let from = 0; from < n; from += rows) {
    const x = new Float32Array(rows * d);
    x.set(embeddings.subarray(from * d, Math.min(n, from + rows) * d));
    for (const [name, { data }] of Object.entries(await network.run({ x: f32(x, [rows, d]) }))) {
      const width = data.length / rows;
      read[name] ??= [];
      for (let i = 0; i < Math.min(rows, n - from); i++)
        read[name].push((data as Float32Array).slice(i * width, (i + 1) * width));
    }
  }
  return read;
}
