import { Checkpoint, checkTensors } from '../checkpoints/index.ts';
import { f32, input, Parameters, rowsOf } from '../graph/index.ts';
import { BatchedNetwork, fidInceptionPixels, torchvisionInceptionPixels } from '../inference/index.ts';
import type { Image } from '../media/index.ts';
import {
  type InceptionV3Config,
  inceptionV3,
  inceptionV3Features,
  inceptionV3Size,
  readInceptionV3Config,
} from '../models/inceptionV3/index.ts';
import { checkpointSource, type ModelSource } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';

/** What Inception-v3 sees in a picture. */
export interface InceptionSight {
  /** Pooled features [2048], which FID compares. */
  readonly features: Float32Array;
  /** [classes], which the Inception score compares. */
  readonly logits: Float32Array;
}

/** What published files hold beside: the auxiliary head, which only training needs, and batch norm's counters. */
const ignored = [/^AuxLogits\./, /\.num_batches_tracked$/];

const shape = (size: number): number[] => [size, 3, inceptionV3Size, inceptionV3Size];

/**
 * The network of FID (Heusel et al. 2017) and of the Inception score (Salimans et al. 2016), in either of its variants;
 * each sees pictures as its own reference prepares them (`fidInceptionPixels`, `torchvisionInceptionPixels`).
 */
export class Inception {
  readonly config: InceptionV3Config;
  private readonly network: BatchedNetwork;

  private constructor(source: ModelSource, config: InceptionV3Config) {
    this.config = config;
    this.network = new BatchedNetwork(source, (p, size) => ({
      ...inceptionV3(p, input('pixels', shape(size)), config),
    }));
  }

  /**
   * Opens a `.safetensors` file with torchvision's names. Throws `ConfigError` where it is no Inception-v3, and
   * `CheckpointError` where it is no such file, or lacks a tensor, or has one of another shape or too many.
   */
  static async open(host: WorkerHost, path: string): Promise<Inception> {
    const checkpoint = await Checkpoint.open(path);
    await checkpoint.close(); // its header is read
    const shapes = new Map(checkpoint.names().map((name) => [name, checkpoint.info(name).shape]));
    const config = readInceptionV3Config(shapes);
    const parameters = new Parameters();
    inceptionV3(parameters.scope(), input('pixels', shape(1)), config);
    // now rather than at the first picture, when other encoders have long been at work
    checkTensors(checkpoint, new Map([...parameters].map((p) => [p.name, { shape: p.shape }])), {
      ignore: ignored,
    });
    return new Inception(await checkpointSource(host, path), config);
  }

  /** Pictures of any size. */
  async look(images: readonly Image[]): Promise<InceptionSight[]> {
    const prepare = this.config.variant === 'fid' ? fidInceptionPixels : torchvisionInceptionPixels;
    const { features, logits } = await this.network.run(images.length, (from, to, size) => {
      const [, ...picture] = shape(size);
      const data = new Float32Array(size * picture.reduce((a, b) => a * b));
      images.slice(from, to).forEach((image, i) => {
        const pixels = prepare(image).data as Float32Array;
        data.set(pixels, i * pixels.length);
      });
      return { pixels: f32(data, shape(size)) };
    });
    if (!features || !logits) return [];
    const ofLogits = rowsOf(f32(logits, [images.length, this.config.classes]));
    return rowsOf(f32(features, [images.length, inceptionV3Features])).map((row, i) => ({
      features: row,
      logits: ofLogits[i] as Float32Array,
    }));
  }

  release(): Promise<void> {
    return this.network.release();
  }
}
