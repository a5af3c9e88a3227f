import { type ConfigJson, configError, parseConfig } from '../base/index.ts';
import { f32, input, type Scope, type Tensor } from '../graph/index.ts';
import { fromTensor, type Image, resizeImage, toTensor } from '../media/index.ts';
import {
  type AutoencoderKlConfig,
  decodeKl,
  depthToSpace,
  downsamplingOf,
  encodeKl,
  readAutoencoderKlConfig,
  spaceToDepth,
  tail,
} from '../models/autoencoderKl/index.ts';
import { ConfigReader } from '../models/index.ts';
import {
  decodeTemporalVae,
  encodeTemporalVae,
  readTemporalVaeConfig,
  type TemporalVaeConfig,
} from '../models/svd/index.ts';
import type { ModelSource, Network } from '../presets/index.ts';
import { type LatentSpace, latentSpaceFile, restore, standardise } from './latentSpace.ts';
import { Networks } from './networks.ts';
import { TileBlend, tileSpans } from './tiles.ts';

export interface ImageCodecConfig {
  /** A temporal one, Stable Video Diffusion's, decodes the pictures of one call as the frames of a clip. */
  readonly vae: AutoencoderKlConfig | TemporalVaeConfig;
  /** Squares of this many pixels are channels of the VAE's input and output: `patch_size`, 1 for published VAEs. */
  readonly patchSize: number;
  /**
   * Squares of this many pixels are channels of the VAE's output: `out_patch_size`, by default `patch_size`. A multiple of it
   * paints pictures that many times larger than those that were encoded, from the same latents.
   */
  readonly outPatch: number;
  /**
   * Squares of this many latents are channels of what diffusion works on: `latent_patch_size`, 1 for published models.
   * A U-Net then sees a quarter of the positions, which is most of its cost (Peebles & Xie, 2023, patch a transformer's
   * input for the same reason).
   */
  readonly latentPatch: number;
  /** How patched latents are standardised. */
  readonly space: LatentSpace;
  /** Directions of patched latents that diffusion works on: `latent_components`, by default all channels. */
  readonly components: number | undefined;
  /** Channels of the decoder's convolutions at full resolution: `tail_channels`, 0 (no tail) for published VAEs. See `tail`. */
  readonly tailChannels: number;
}

/** Reads the VAE's `config.json`. Without statistics of our own, its `scaling_factor` standardises the latents. */
export function readImageCodecConfig(json: ConfigJson, latents?: unknown): ImageCodecConfig {
  const temporal = 'AutoencoderKLTemporalDecoder';
  const known = new ConfigReader('VAE', json).choice(
    '_class_name',
    ['AutoencoderKL', temporal],
    'AutoencoderKL',
  );
  const isTemporal = known === temporal;
  const vae = isTemporal ? readTemporalVaeConfig(json) : readAutoencoderKlConfig(json);
  const r = new ConfigReader('VAE', json);
  const latentPatch = r.count('latent_patch_size', 1);
  const channels = vae.latentChannels * latentPatch ** 2;
  const components = 'latent_components' in json ? r.count('latent_components') : undefined;
  const space =
    latents === undefined
      ? unmeasured(channels, 1 / vae.scalingFactor)
      : parseConfig(latentSpaceFile, latents, 'VAE latents.json');
  if (latents !== undefined) checkSpace(latents, space, channels, components);
  return {
    ...{ vae, ...readPatches(r, vae), latentPatch, space, components },
    tailChannels: r.index('tail_channels', 0),
  };
}

function readPatches(
  r: ConfigReader,
  vae: ImageCodecConfig['vae'],
): Pick<ImageCodecConfig, 'patchSize' | 'outPatch'> {
  const patchSize = r.count('patch_size', 1);
  const outPatch = r.count('out_patch_size', patchSize);
  if (outPatch % patchSize !== 0) r.fail('out_patch_size', `must be a multiple of patch_size ${patchSize}`);
  if ('outChannels' in vae && r.has('out_patch_size') && vae.outChannels !== 3 * outPatch ** 2)
    r.fail('out_channels', `must be 3 x out_patch_size ${outPatch} squared, ${3 * outPatch ** 2}`);
  return { patchSize, outPatch };
}

function unmeasured(channels: number, std: number): LatentSpace {
  const all = (value: number): number[] => new Array<number>(channels).fill(value);
  return { mean: all(0), std: all(std) };
}

function checkSpace(
  file: unknown,
  { mean, std, components }: LatentSpace,
  channels: number,
  wanted = channels,
): void {
  const rows = components ?? mean;
  const fits =
    mean.length === channels &&
    std.length === wanted &&
    rows.length === wanted &&
    (components ?? []).every((row) => row.length === channels);
  if (fits) return;
  throw configError(
    file,
    `VAE latents: expected ${channels} means and ${wanted} deviations${wanted < channels ? ' with components' : ''}, ` +
      `got ${mean.length}, ${std.length} and ${components?.length ?? 'no'} components: train the VAE again, or mend config.json`,
  );
}

/** [c, h, w] of the latents of encoded pictures of a size. */
export function latentShape(
  config: ImageCodecConfig,
  width: number,
  height: number,
): [c: number, h: number, w: number] {
  const f = downsampling(config) * config.latentPatch;
  if (width % f !== 0 || height % f !== 0) {
    throw new RangeError(`ImageCodec: width and height must be multiples of ${f}, got ${width}x${height}`);
  }
  return [config.components ?? config.space.std.length, height / f, width / f];
}

/**
 * Pictures to standardised latents and back. Pixels are float32 CHW in -1 .. 1; widths and heights are those of encoded
 * pictures, and painted ones are `scale` times as wide and high.
 */
export class ImageCodec {
  readonly config: ImageCodecConfig;
  private readonly tile: number;
  private readonly networks: Networks;

  /**
   * @param tile decodes pictures of more places of the VAE's latents than this, in height or width, in overlapping tiles:
   * less memory, and slight differences where they meet. By default as a whole.
   */
  constructor(source: ModelSource, config: ImageCodecConfig, tile: number = Number.POSITIVE_INFINITY) {
    this.config = config;
    this.tile = tile;
    this.networks = new Networks(source);
  }

  /** How many times wider and higher painted pictures are than encoded ones. */
  get scale(): number {
    return scaleOf(this.config);
  }

  /** How many times smaller than an encoded picture the latents are. */
  get downsampling(): number {
    return downsampling(this.config) * this.config.latentPatch;
  }

  /** [c, h, w] of the latents of pictures of a size. */
  latentShape(width: number, height: number): [number, number, number] {
    return latentShape(this.config, width, height);
  }

  /** `pixels` [n, 3, height, width] -> standardised posterior means [n, c, h, w]. */
  async encode(pixels: Float32Array, n: number, width: number, height: number): Promise<Float32Array> {
    const network = await this.network(`encode ${n} ${width}x${height}`, (p) => {
      const image = input('image', [n, 3, height, width]);
      return { latents: spaceToDepth(encodeImage(p, this.config, image).mean, this.config.latentPatch) };
    });
    const { latents } = await network.run({ image: f32(pixels, [n, 3, height, width]) });
    return standardise(latents?.data as Float32Array, n, this.config.space);
  }

  /** Pictures of one size, that at which it paints, to standardised latents [n, c, h, w]. */
  async encodeImages(images: readonly Image[]): Promise<Float32Array> {
    const small = images.map((image) => this.reduced(image));
    const { width, height } = small[0] as Image;
    return this.encode(toTensor(small).data as Float32Array, images.length, width, height);
  }

  /** A picture of the size at which it paints, as the encoder sees it. */
  reduced(image: Image): Image {
    if (this.scale === 1) return image;
    const { width, height } = this.encodedSize(image);
    return resizeImage(image, width, height, 'box');
  }

  /** Standardised latents [n, c, h, w] of pictures of a size -> painted pictures. */
  async paint(latents: Float32Array, n: number, width: number, height: number): Promise<Image[]> {
    const pixels = await this.decode(latents, n, width, height);
    return fromTensor(f32(pixels, [n, 3, height * this.scale, width * this.scale]));
  }

  /**
   * The size of the encoded picture of which one of this size is painted.
   * @throws RangeError where nothing of this size is painted
   */
  encodedSize({ width, height }: Size): Size {
    const { scale } = this;
    if (width % scale === 0 && height % scale === 0) return { width: width / scale, height: height / scale };
    throw new RangeError(
      `ImageCodec: paints widths and heights that are multiples of ${scale}, got ${width}x${height}`,
    );
  }

  /** Standardised latents [n, c, h, w] -> pixels [n, 3, height x scale, width x scale], not clamped. */
  async decode(latents: Float32Array, n: number, width: number, height: number): Promise<Float32Array> {
    const [, h, w] = this.latentShape(width, height);
    if (Math.max(h, w) * this.config.latentPatch > this.tile) return this.decodeTiles(latents, n, h, w);
    const shape = [n, this.config.space.mean.length, h, w];
    const network = await this.network(`decode ${n} ${width}x${height}`, (p) => ({
      image: decodeImage(p, this.config, depthToSpace(input('latents', shape), this.config.latentPatch)),
    }));
    const { image } = await network.run({ latents: f32(restore(latents, n, this.config.space), shape) });
    return image?.data as Float32Array;
  }

  /** Tiles of all n pictures at once, since frames of a clip belong together. */
  private async decodeTiles(latents: Float32Array, n: number, h: number, w: number): Promise<Float32Array> {
    const c = this.config.space.std.length;
    const f = this.downsampling;
    const side = Math.max(1, Math.floor(this.tile / this.config.latentPatch));
    const blends = Array.from({ length: n }, () => new TileBlend(3, h, w, f * this.scale));
    for (const rows of tileSpans(h, side)) {
      for (const columns of tileSpans(w, side)) {
        const part = new Float32Array(n * c * rows.size * columns.size);
        for (let plane = 0; plane < n * c; plane++) {
          for (let y = 0; y < rows.size; y++) {
            const from = (plane * h + rows.start + y) * w + columns.start;
            part.set(latents.subarray(from, from + columns.size), (plane * rows.size + y) * columns.size);
          }
        }
        const pixels = await this.decode(part, n, columns.size * f, rows.size * f);
        const size = pixels.length / n;
        for (const [i, blend] of blends.entries())
          blend.add(pixels.subarray(i * size, (i + 1) * size), rows, columns);
      }
    }
    const out = new Float32Array(n * 3 * h * w * (f * this.scale) ** 2);
    for (const [i, blend] of blends.entries()) out.set(blend.result(), (i * out.length) / n);
    return out;
  }

  release(): Promise<void> {
    return this.networks.release();
  }

  private network(key: string, build: Parameters<ModelSource['load']>[0]): Promise<Network> {
    // half precision overflows in published VAEs, SDXL's above all (diffusers: force_upcast)
    return this.networks.get(key, build, { precision: 'float32' });
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** How many times wider and higher painted pictures are than encoded ones. */
export const scaleOf = ({ patchSize, outPatch }: Pick<ImageCodecConfig, 'patchSize' | 'outPatch'>): number =>
  outPatch / patchSize;

/** How many times smaller than an encoded picture the VAE's own latents are. */
export function downsampling({ patchSize, vae }: ImageCodecConfig): number {
  return patchSize * downsamplingOf(vae);
}

/** The encoder as a graph, for training too: image [n, 3, h, w] to the posterior of its raw latents. */
export function encodeImage(p: Scope, config: ImageCodecConfig, image: Tensor): ReturnType<typeof encodeKl> {
  const { vae, patchSize } = config;
  const patches = spaceToDepth(image, patchSize);
  return 'quantConv' in vae ? encodeKl(p, vae, patches) : encodeTemporalVae(p, vae, patches);
}

/** The decoder as a graph: raw latents [n, c, h, w] to pixels; for a temporal one the n frames of a clip. */
export function decodeImage(p: Scope, config: ImageCodecConfig, latents: Tensor): Tensor {
  const { vae, outPatch, tailChannels } = config;
  const patches =
    'quantConv' in vae ? decodeKl(p, vae, latents) : decodeTemporalVae(p, vae, latents, latents.dim(0));
  const image = depthToSpace(patches, outPatch);
  return tailChannels > 0 ? tail(p, image, tailChannels) : image;
}
