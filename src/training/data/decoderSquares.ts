import type { PaintedFrames } from '../../corpus/index.ts';
import { concatRows, f32, type TensorData } from '../../graph/index.ts';
import { type ImageCodecConfig, restore } from '../../inference/index.ts';
import { toTensor } from '../../media/index.ts';
import type { Random } from '../../random/index.ts';
import {
  cut,
  drawWindow,
  pick,
  pickColumns,
  shuffled,
  type WindowSizes,
  windowWeights,
} from './decoderWindows.ts';

/** Makes what the finishing of a decoder is fed: squares of frames with the raw latents below them. */
export class DecoderSquares {
  private readonly frames: PaintedFrames;
  private readonly config: ImageCodecConfig;
  private readonly sizes: WindowSizes;

  constructor(frames: PaintedFrames, config: ImageCodecConfig, sizes: WindowSizes) {
    this.frames = frames;
    this.config = config;
    this.sizes = sizes;
  }

  /**
   * One square, as the inputs of `finishGraph`.
   * @param given the standardised latents [c, h, w] of the whole frame
   * @param faces probability of a square about a face
   */
  async draw(
    row: number,
    given: Float32Array,
    faces: number,
    random: Random,
  ): Promise<Record<string, TensorData>> {
    const { frames } = this;
    const { window, seen, cell } = this.sizes;
    const { latentPatch, space } = this.config;
    const at = drawWindow(frames.faces(row), frames, this.sizes, faces, random);
    const grid = { width: frames.width / cell, height: frames.height / cell };
    const patches = restore(given, 1, space);
    const raw = shuffled(patches, grid.height / latentPatch, grid.width / latentPatch, latentPatch);
    const channels = raw.length / (grid.width * grid.height);
    const truth = toTensor(await frames.image(row)).data as Float32Array;
    const side = window / cell;
    return {
      latents: f32(cut(raw, grid, at.x / cell, at.y / cell, side), [1, channels, side, side]),
      image: f32(cut(truth, frames, at.x, at.y, window), [1, 3, window, window]),
      weights: f32(windowWeights(at, this.sizes, frames), [1, 1, window, window]),
      rows: f32(pick(at.seenY, seen, window), [1, 1, seen, window]),
      columns: f32(pickColumns(at.seenX, seen, window), [1, 1, window, seen]),
    };
  }
}

/** Samples one after the other along the first axis. */
export function stacked(samples: readonly Record<string, TensorData>[]): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(samples[0] ?? {}).map(([name, { shape }]) => {
      const all = concatRows(samples.map((sample) => sample[name]?.data as Float32Array));
      return [name, f32(all, [samples.length, ...shape.slice(1)])];
    }),
  );
}
