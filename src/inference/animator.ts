import type { ConfigJson } from '../base/configJson.ts';
import { guide, risingGuidance, type SampleStep, sample } from '../diffusion/index.ts';
import { concat, expand, f32, input } from '../graph/index.ts';
import { type Image, toTensor } from '../media/index.ts';
import { type SvdUNetConfig, svdUNet } from '../models/svd/index.ts';
import type { ModelSource, Network } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import { addChanges, changesFrom, clipPainter } from './clipChanges.ts';
import type { ImageCodec } from './imageCodec.ts';
import { restore } from './latentSpace.ts';
import { Networks } from './networks.ts';
import { segmentNoise } from './rescheduledNoise.ts';
import { type SamplerName, samplerOf } from './sampler.ts';

export interface AnimatorConfig {
  readonly unet: SvdUNetConfig;
  /** A published `scheduler_config.json`. */
  readonly scheduler: ConfigJson;
}

/** Stable Video Diffusion's conditioning and what else a clip is sampled with. */
export interface AnimatorSettings {
  /** Frames of a segment, the keyframe included; the model's own number by default. */
  readonly frames: number;
  /** The model's frames a second: it is told this less 1. */
  readonly fps: number;
  /** How much shall move; SVD: 127. */
  readonly motionBucket: number;
  /** Strength of the noise on the picture that a segment begins with; SVD: 0.02. */
  readonly noiseAugmentation: number;
  /**
   * Where that noise is put: on the keyframe's pixels before they are encoded (SVD; later segments then have none), or
   * on every segment's latents as they come, standardised.
   */
  readonly augmented: 'pixels' | 'latents';
  /** Guidance of the first frame, from which it rises evenly to `maxGuidance`; both 1 for none. SVD: 1. */
  readonly minGuidance: number;
  /** Guidance of the last frame. SVD: 3. */
  readonly maxGuidance: number;
  /** Denoising steps of a segment, at least 1. SVD: 25. */
  readonly steps: number;
  /** The sampler; by default what the scheduler's config names. */
  readonly sampler?: SamplerName | undefined;
  /** The picture's latents as the model sees them: the VAE's own (SVD), or standardised ones. */
  readonly imageLatents: 'raw' | 'standardised';
  /**
   * What is taken of the model's frames: they themselves (SVD), or how each differs from the model's own first frame, added
   * to the picture that the segment begins with. A model of few steps paints softly: in a clip of its frames all detail
   * fades from segment to segment, while changes of what does not move are nothing. Default 'frames'.
   */
  readonly takes: 'frames' | 'changes';
  /**
   * How frames are painted: decoded (SVD), or the keyframe with what differs between the decoded frame and the decoded
   * keyframe added to its pixels. The latter keeps all detail of what does not move, which decoding would soften, for one more
   * picture decoded a clip. Default 'frames'.
   */
  readonly paints: 'frames' | 'changes';
  /** Frames that are decoded at once. */
  readonly decodeBatch: number;
}

/** SVD's published values. */
export const svdSettings: AnimatorSettings = {
  frames: 25,
  fps: 7,
  motionBucket: 127,
  noiseAugmentation: 0.02,
  augmented: 'pixels',
  minGuidance: 1,
  maxGuidance: 3,
  steps: 25,
  imageLatents: 'raw',
  takes: 'frames',
  paints: 'frames',
  decodeBatch: 4,
};

/** Embeds pictures for the cross-attention: float32 [n, width], such as `ImageEncoder.encode`'s `embeds`. */
export type EmbedImages = (images: readonly Image[]) => Promise<Float32Array>;

export interface AnimateOptions {
  /** Segments; each adds `frames - 1` frames. */
  readonly segments: number;
  readonly seed: number;
  /** Names of the random stream, such as the shot's number. */
  readonly path: readonly (string | number)[];
  /**
   * Whose embedding a further segment is conditioned on: the original keyframe's (paper 3.5), or for comparison the
   * last frame's before it.
   */
  readonly anchor?: 'keyframe' | 'last-frame';
  /** Where segments begin: each from noise of its own, the default, or from that of the first, see `segmentNoise`. */
  readonly noise?: 'fresh' | 'rescheduled';
  readonly signal?: AbortSignal;
  readonly onStep?: (step: Pick<SampleStep, 'step' | 'total'>) => void;
}

/** Keyframe-based video generation (paper 3.5) with a U-Net of Stable Video Diffusion's kind. */
export class Animator {
  readonly config: AnimatorConfig;
  readonly settings: AnimatorSettings;
  readonly codec: ImageCodec;
  private readonly embed: EmbedImages;
  private readonly networks: Networks;

  constructor(
    source: ModelSource,
    config: AnimatorConfig,
    codec: ImageCodec,
    embed: EmbedImages,
    settings: Partial<AnimatorSettings> = {},
  ) {
    this.config = config;
    this.codec = codec;
    this.embed = embed;
    this.settings = { ...svdSettings, frames: config.unet.frames, ...settings };
    this.networks = new Networks(source);
    const latentChannels = codec.config.space.std.length;
    const { inChannels, outChannels } = config.unet;
    if (outChannels !== latentChannels || inChannels !== 2 * latentChannels) {
      throw new RangeError(
        `Animator: a codec with ${latentChannels} latent channels needs in_channels ${2 * latentChannels} and out_channels ` +
          `${latentChannels}, got ${inChannels} and ${outChannels}`,
      );
    }
    const { keyframeChannels } = config.unet;
    if (keyframeChannels !== 0 && keyframeChannels !== latentChannels) {
      throw new RangeError(
        `Animator: a codec with ${latentChannels} latent channels needs keyframe_channels ${latentChannels} or 0, got ${keyframeChannels}`,
      );
    }
    if (keyframeChannels > 0 && this.settings.takes === 'changes') {
      throw new RangeError(
        "Animator: takes 'changes' is for models of frames; one with keyframe_channels predicts changes already: use 'frames'",
      );
    }
    if (this.settings.imageLatents === 'raw' && codec.config.space.components) {
      throw new RangeError(
        "Animator: imageLatents 'raw' needs a VAE without latent_components; use 'standardised'",
      );
    }
    if (this.settings.frames < 2) {
      throw new RangeError(`Animator: a segment needs at least 2 frames, got ${this.settings.frames}`);
    }
  }

  /**
   * The frames of a clip, 1 + segments x (frames - 1) of them at the model's rate, the first being the keyframe. Each
   * segment begins at the last latent of the one before. A model with `keyframe_channels` predicts in every segment how the
   * frames differ from the keyframe, so that errors do not add up over segments. Equal keyframes, seeds and options give equal frames.
   */
  async *animate(keyframe: Image, options: AnimateOptions): AsyncGenerator<Image, void, void> {
    const { segments, seed, path, anchor = 'keyframe', noise = 'fresh', signal, onStep } = options;
    const { width, height } = this.codec.encodedSize(keyframe);
    const { frames, steps } = this.settings;
    const [c, h, w] = this.codec.latentShape(width, height);
    const size = c * h * w;
    yield keyframe;
    if (segments === 0) return;
    let embedding = await this.embed([keyframe]);
    const first = await this.encode(keyframe, Random.of(seed, ...path, 'augmentation'));
    const paint = await clipPainter(this.codec, keyframe, first, this.settings.paints);
    let begin = first;
    for (let s = 0; s < segments; s++) {
      const random = Random.of(seed, ...path, 'segment', s);
      const still = this.asCondition(begin, Random.of(seed, ...path, 'augmentation', s));
      let latents = new Float32Array();
      for await (const step of this.denoise(still, [c, h, w], embedding, random, {
        keyframe: first,
        ...(noise === 'rescheduled' ? { noise: segmentNoise(s, { frames, size, seed, path }) } : {}),
        signal,
      })) {
        latents = step.sample as Float32Array<ArrayBuffer>;
        onStep?.({ step: s * steps + step.step, total: segments * steps });
      }
      if (this.config.unet.keyframeChannels > 0)
        latents = addChanges(first, latents, this.config.unet.changeScale);
      else if (this.settings.takes === 'changes') latents = changesFrom(begin, latents);
      let last: Image | undefined;
      for (let at = 1; at < frames; at += this.settings.decodeBatch) {
        signal?.throwIfAborted();
        const n = Math.min(this.settings.decodeBatch, frames - at);
        const part = latents.slice(at * size, (at + n) * size);
        const images = await paint(part, n);
        last = images.at(-1);
        yield* images;
      }
      begin = latents.slice((frames - 1) * size);
      if (anchor === 'last-frame' && s + 1 < segments) embedding = await this.embed([last as Image]);
    }
  }

  release(): Promise<void> {
    return this.networks.release();
  }

  /**
   * One segment: `still` [c, h, w] and an embedding [width] to standardised latents [frames, c, h, w], or with
   * `keyframe_channels`, from `keyframe` [c, h, w] too, to their changes over `change_scale`.
   */
  async *denoise(
    still: Float32Array,
    latent: readonly [number, number, number],
    embedding: Float32Array,
    random: Random,
    {
      keyframe,
      noise,
      signal,
    }: {
      readonly keyframe?: Float32Array;
      /** What it begins with [frames, c, h, w]; drawn from `random` by default. */
      readonly noise?: Float32Array;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): AsyncGenerator<SampleStep, void, void> {
    const { frames, fps, motionBucket, noiseAugmentation, minGuidance, maxGuidance, steps, sampler } =
      this.settings;
    const size = still.length;
    const width = this.config.unet.contextWidth;
    const network = await this.network(frames, latent);
    const ids = f32([fps - 1, motionBucket, noiseAugmentation], [1, 3]);
    const seesKeyframe = this.config.unet.keyframeChannels > 0;
    if (seesKeyframe && !keyframe)
      throw new RangeError('Animator.denoise: a model with keyframe_channels needs the keyframe');
    const predict = async (x: Float32Array, time: number, picture: Float32Array, context: Float32Array) => {
      const { prediction } = await network.run({
        sample: f32(x, [1, frames, ...latent]),
        still: f32(picture, [1, 1, ...latent]),
        timestep: f32([time], [1]),
        context: f32(context, [1, 1, width]),
        added_ids: ids,
        ...(seesKeyframe ? { keyframe: f32(keyframe as Float32Array, [1, ...latent]) } : {}),
      });
      return prediction?.data as Float32Array;
    };
    const isGuided = minGuidance !== 1 || maxGuidance !== 1;
    const scales = risingGuidance(minGuidance, maxGuidance, frames);
    const fresh = random.normals(frames * size);
    yield* sample({
      scheduler: samplerOf(this.config.scheduler, sampler),
      steps,
      noise: noise ?? fresh,
      random,
      ...(signal ? { signal } : {}),
      denoise: async (x, time) => {
        const conditional = await predict(x, time, still, embedding);
        if (!isGuided) return conditional;
        const nothing = await predict(x, time, new Float32Array(size), new Float32Array(width));
        return guide(nothing, conditional, scales);
      },
    });
  }

  /** The standardised latents of the keyframe, with a little noise on its pixels where SVD puts it. */
  private async encode(keyframe: Image, random: Random): Promise<Float32Array> {
    const small = this.codec.reduced(keyframe);
    const { width, height } = small;
    const { noiseAugmentation, augmented } = this.settings;
    const pixels = toTensor(small).data as Float32Array;
    const noisy = augmented === 'pixels' ? withNoise(pixels, noiseAugmentation, random) : pixels;
    return this.codec.encode(noisy, 1, width, height);
  }

  /** Standardised latents of one picture in the form that the model is conditioned on. */
  asCondition(latents: Float32Array, random: Random): Float32Array {
    const { noiseAugmentation, augmented, imageLatents } = this.settings;
    const begin = augmented === 'latents' ? withNoise(latents, noiseAugmentation, random) : latents;
    if (imageLatents === 'standardised') return begin;
    return restore(begin, 1, this.codec.config.space);
  }

  private network(frames: number, latent: readonly [number, number, number]): Promise<Network> {
    const { unet } = this.config;
    const [c, h, w] = latent;
    return this.networks.get(`${frames} x ${latent.join('x')}`, (p) => {
      const still = expand(input('still', [1, 1, c, h, w]), [1, frames, c, h, w]);
      return {
        prediction: svdUNet(p, unet, {
          sample: concat([input('sample', [1, frames, c, h, w]), still], 2),
          timestep: input('timestep', [1]),
          encoderHiddenStates: input('context', [1, 1, unet.contextWidth]),
          addedTimeIds: input('added_ids', [1, 3]),
          ...(unet.keyframeChannels > 0 ? { keyframe: input('keyframe', [1, c, h, w]) } : {}),
        }),
      };
    });
  }
}

function withNoise(values: Float32Array, strength: number, random: Random): Float32Array {
  if (strength === 0) return values;
  const noise = random.normals(values.length);
  return values.map((v, i) => v + strength * (noise[i] as number));
}
