import { Checkpoint } from '../checkpoints/index.ts';
import { f32, input } from '../graph/index.ts';
import { BatchedNetwork } from '../inference/index.ts';
import {
  type AestheticHeadConfig,
  aestheticHead,
  readAestheticHeadConfig,
} from '../models/aestheticHead/index.ts';
import { checkpointSource, type ModelSource } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';

/**
 * The aesthetic score of LAION (Schuhmann et al. 2022; paper 4.2 and appendix B): a small head over CLIP embeddings of
 * unit length that predicts how well people would like a picture. Nominally 1 .. 10, not clamped; higher is better.
 */
export class AestheticHead {
  /** Width of the embeddings that it takes. */
  readonly inputDim: number;
  private readonly network: BatchedNetwork;

  private constructor(source: ModelSource, config: AestheticHeadConfig) {
    const { inputDim } = config;
    this.inputDim = inputDim;
    this.network = new BatchedNetwork(source, (p, size) => ({
      scores: aestheticHead(p, input('embeds', [size, inputDim]), config),
    }));
  }

  /** Opens a `.safetensors` file. Throws `CheckpointError` and `ConfigError`. */
  static async open(host: WorkerHost, path: string): Promise<AestheticHead> {
    const checkpoint = await Checkpoint.open(path);
    const shapes = new Map(checkpoint.names().map((name) => [name, checkpoint.info(name).shape]));
    await checkpoint.close();
    return new AestheticHead(await checkpointSource(host, path), readAestheticHeadConfig(shapes));
  }

  /** Embeddings [n, inputDim] -> [n]. */
  async score(embeds: Float32Array): Promise<Float32Array> {
    const { inputDim } = this;
    const n = embeds.length / inputDim;
    const { scores } = await this.network.run(n, (from, to, size) => {
      const data = new Float32Array(size * inputDim);
      data.set(embeds.subarray(from * inputDim, to * inputDim));
      return { embeds: f32(data, [size, inputDim]) };
    });
    return scores ?? new Float32Array(0);
  }

  release(): Promise<void> {
    return this.network.release();
  }
}
