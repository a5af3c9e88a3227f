import {
  add,
  concatRows,
  div,
  f32,
  input,
  mul,
  slice,
  sqrt,
  sum,
  type Tensor,
  type TensorData,
} from '../graph/index.ts';
import { type Image, toTensor } from '../media/index.ts';
import {
  type ClipOpenaiConfig,
  type ClipTextConfig,
  type ClipVisionConfig,
  clipOpenaiImage,
  clipOpenaiText,
  clipTextWithProjection,
  clipVisionWithProjection,
  textEnds,
} from '../models/clip/index.ts';
import type { ModelSource } from '../presets/index.ts';
import { BatchedNetwork } from './batches.ts';
import type { ClipTokenizer } from './clipTokenizer.ts';
import { centreSquare } from './faceCrop.ts';
import { type ClipPreprocessConfig, clipPreprocess } from './preprocess/clipPreprocess.ts';
import { type SvdPreprocessConfig, svdPreprocess } from './preprocess/svdPreprocess.ts';

export { ClipTokenizer } from './clipTokenizer.ts';
export { type Box, centreSquare, cropFace } from './faceCrop.ts';

/** Rows of unit length: x [n, d] / |x|. */
export function unitRows(x: Tensor): Tensor {
  return div(x, sqrt(add(sum(mul(x, x), { axes: [1], keepDims: true }), 1e-12)));
}

export interface ImageFeatures {
  /** Patch tokens of the penultimate layer, row by row, without the class token: [n, tokens, width]. */
  readonly spatial: Float32Array;
  /** Class embeddings in the space shared with sentences, of unit length: [n, dim]. */
  readonly embeds: Float32Array;
}

/** A CLIP vision tower: the frames' spatial tokens (paper 3.2), and the anchor of image-to-video (3.5). */
export class ImageEncoder {
  readonly config: ClipVisionConfig;
  /** Width of `embeds`. */
  readonly dim: number;
  /** Number of patch tokens, and their width. */
  readonly tokens: number;
  readonly width: number;
  private readonly preprocess: ClipPreprocessConfig;
  private readonly network: BatchedNetwork;

  constructor(source: ModelSource, config: ClipVisionConfig, preprocess: ClipPreprocessConfig) {
    this.config = config;
    this.preprocess = preprocess;
    this.dim = config.projectionDim;
    this.tokens = Math.floor(config.imageSize / config.patchSize) ** 2;
    this.width = config.hiddenSize;
    this.network = new BatchedNetwork(source, (p, size) => {
      const pixels = input('pixels', [size, config.channels, config.imageSize, config.imageSize]);
      const { hiddenStates, imageEmbeds } = clipVisionWithProjection(p, config, pixels);
      const spatial = slice(hiddenStates.at(-2) as Tensor, 1, 1);
      return { spatial, embeds: unitRows(imageEmbeds) };
    });
  }

  /** Pictures of any size. */
  async encode(images: readonly Image[]): Promise<ImageFeatures> {
    return this.encodePixels(
      pixelRows(images.map((image) => clipPreprocess(image, this.preprocess))),
      images.length,
    );
  }

  /** Pictures that are preprocessed already: float32 [n, 3, imageSize, imageSize]. */
  async encodePixels(pixels: Float32Array, n: number): Promise<ImageFeatures> {
    const { spatial, embeds } = await this.network.run(n, pixelFeeds('ImageEncoder', pixels, n, this.config));
    return { spatial: spatial ?? new Float32Array(0), embeds: embeds ?? new Float32Array(0) };
  }

  async release(): Promise<void> {
    await this.network.release();
  }
}

/**
 * An identity encoder for faces with a CLIP vision tower (the paper's is FaRL). It takes squares around faces
 * (`cropFace`) and whole portraits alike; of other pictures it sees the square in the middle.
 */
export class FaceEncoder {
  /** Width of an embedding. */
  readonly dim: number;
  private readonly config: ClipVisionConfig;
  private readonly preprocess: ClipPreprocessConfig;
  private readonly network: BatchedNetwork;

  /** `config` is transformers' layout, or OpenAI's, in which FaRL is published. */
  constructor(
    source: ModelSource,
    config: ClipVisionConfig | ClipOpenaiConfig,
    preprocess: ClipPreprocessConfig,
  ) {
    const vision = 'vision' in config ? config.vision : config;
    this.config = vision;
    this.preprocess = preprocess;
    this.dim = vision.projectionDim;
    this.network = new BatchedNetwork(source, (p, size) => {
      const pixels = input('pixels', [size, vision.channels, vision.imageSize, vision.imageSize]);
      const output =
        'vision' in config ? clipOpenaiImage(p, config, pixels) : clipVisionWithProjection(p, config, pixels);
      return { embeds: unitRows(output.imageEmbeds) };
    });
  }

  /** Faces -> [n, dim], of unit length. */
  async encode(faces: readonly Image[]): Promise<Float32Array> {
    const pixels = pixelRows(faces.map((face) => clipPreprocess(centreSquare(face), this.preprocess)));
    return this.encodePixels(pixels, faces.length);
  }

  /** Faces that are preprocessed already, float32 [n, 3, imageSize, imageSize] -> [n, dim]. */
  async encodePixels(pixels: Float32Array, n: number): Promise<Float32Array> {
    const { embeds } = await this.network.run(n, pixelFeeds('FaceEncoder', pixels, n, this.config));
    return embeds ?? new Float32Array(0);
  }

  async release(): Promise<void> {
    await this.network.release();
  }
}

/**
 * The picture embedding that Stable Video Diffusion is conditioned on: resized with antialiasing, and as the tower gives
 * it, not of unit length.
 */
export class AnchorEncoder {
  private readonly config: ClipVisionConfig;
  private readonly preprocess: SvdPreprocessConfig;
  private readonly network: BatchedNetwork;

  /** @param statistics mean and deviation of each colour in the tower's training. */
  constructor(
    source: ModelSource,
    config: ClipVisionConfig,
    statistics: Pick<SvdPreprocessConfig, 'mean' | 'std'>,
  ) {
    this.config = config;
    this.preprocess = { ...statistics, size: [config.imageSize, config.imageSize] };
    this.network = new BatchedNetwork(source, (p, size) => {
      const pixels = input('pixels', [size, config.channels, config.imageSize, config.imageSize]);
      return { embeds: clipVisionWithProjection(p, config, pixels).imageEmbeds };
    });
  }

  /** Pictures of any size -> [n, projectionDim]. */
  async encode(images: readonly Image[]): Promise<Float32Array> {
    const pixels = pixelRows(
      images.map((image) => svdPreprocess(toTensor(image), this.preprocess).pixelValues),
    );
    const feeds = pixelFeeds('AnchorEncoder', pixels, images.length, this.config);
    const { embeds } = await this.network.run(images.length, feeds);
    return embeds ?? new Float32Array(0);
  }

  release(): Promise<void> {
    return this.network.release();
  }
}

export interface SentenceEncoderOptions {
  /** Called for every sentence that is longer than the model's positions, and was cut. */
  readonly onTruncated?: (sentence: string, tokens: number, positions: number) => void;
}

/** A CLIP text tower: one embedding a sentence (paper 3.4; the paper's is LongCLIP). */
export class SentenceEncoder {
  /** Width of an embedding. */
  readonly dim: number;
  private readonly text: ClipTextConfig;
  private readonly tokenizer: ClipTokenizer;
  private readonly options: SentenceEncoderOptions;
  private readonly network: BatchedNetwork;

  /** `config` is transformers' layout, or OpenAI's, in which LongCLIP is published. */
  constructor(
    source: ModelSource,
    config: ClipTextConfig | ClipOpenaiConfig,
    tokenizer: ClipTokenizer,
    options: SentenceEncoderOptions = {},
  ) {
    this.text = 'text' in config ? config.text : config;
    this.tokenizer = tokenizer;
    this.options = options;
    this.dim = this.text.projectionDim;
    checkTokenizer(tokenizer, this.text);
    this.network = new BatchedNetwork(source, (p, size, length) => {
      const ids = input('ids', [size, length], 'int64');
      const ends = input('ends', [size], 'int64');
      const output =
        'text' in config
          ? clipOpenaiText(p, config, ids, ends)
          : clipTextWithProjection(p, config, ids, ends);
      return { embeds: unitRows(output.textEmbeds) };
    });
  }

  /** Sentences -> [n, dim], of unit length. */
  async encode(sentences: readonly string[]): Promise<Float32Array> {
    const { positions } = this.text;
    const out = new Float32Array(sentences.length * this.dim);
    const byLength = new Map<number, { index: number; ids: readonly number[] }[]>();
    for (const [index, sentence] of sentences.entries()) {
      const { ids, tokens } = this.tokenizer.encode(sentence, positions);
      if (tokens > positions) this.options.onTruncated?.(sentence, tokens, positions);
      const length = [16, 32, 77].find((l) => l >= ids.length && l < positions) ?? positions;
      byLength.set(length, [...(byLength.get(length) ?? []), { index, ids }]);
    }
    for (const [length, rows] of byLength) {
      const { embeds } = await this.network.run(rows.length, this.feeds(rows, length), length);
      rows.forEach(({ index }, i) => {
        out.set((embeds as Float32Array).subarray(i * this.dim, (i + 1) * this.dim), index * this.dim);
      });
    }
    return out;
  }

  async release(): Promise<void> {
    await this.network.release();
  }

  private feeds(rows: readonly { ids: readonly number[] }[], length: number) {
    return (from: number, _to: number, size: number): Record<string, TensorData> => {
      const batch = Array.from(
        { length: size },
        (_, i) => rows[from + i]?.ids ?? (rows[from] as { ids: number[] }).ids,
      );
      const ids = this.tokenizer.pad(batch, length);
      return { ids, ends: textEnds(this.text, ids) };
    };
  }
}

/** A tokenizer whose end token is not the model's would give embeddings of the wrong position, silently. */
export function checkTokenizer({ end }: ClipTokenizer, { vocabSize, eosTokenId }: ClipTextConfig): void {
  if (end < vocabSize && (eosTokenId === 2 || eosTokenId === end)) return;
  throw new RangeError(
    `CLIP text: tokenizer.json ends texts with token ${end}, but config.json has vocab_size ${vocabSize} and ` +
      `eos_token_id ${eosTokenId}; they must belong together`,
  );
}

/** Token ids and the places of their ends for a text tower's graph, int64 [n, length] and [n]. */
export function textInputs(
  tokenizer: ClipTokenizer,
  config: ClipTextConfig,
  sentences: readonly string[],
  length: number,
): { ids: TensorData; ends: TensorData } {
  const ids = tokenizer.pad(
    sentences.map((s) => tokenizer.encode(s, length).ids),
    length,
  );
  return { ids, ends: textEnds(config, ids) };
}

function pixelRows(pictures: readonly TensorData[]): Float32Array {
  return concatRows(pictures.map(({ data }) => data as Float32Array));
}

function pixelFeeds(who: string, pixels: Float32Array, n: number, { channels, imageSize }: ClipVisionConfig) {
  const row = channels * imageSize ** 2;
  if (pixels.length !== n * row) {
    throw new RangeError(
      `${who}: ${n} pictures of [${channels}, ${imageSize}, ${imageSize}] are ${n * row} values, got ${pixels.length}; ` +
        `does preprocessor_config.json give this size?`,
    );
  }
  return (from: number, to: number, size: number): Record<string, TensorData> => {
    const data = new Float32Array(size * row);
    data.set(pixels.subarray(from * row, to * row));
    return { pixels: f32(data, [size, channels, imageSize, imageSize]) };
  };
}
