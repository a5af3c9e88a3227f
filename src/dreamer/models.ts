import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clipStatistics } from '../media/index.ts';
import {
  autoregressorConfig,
  specialIdentifiers,
  textTokenizer,
  wordListTokenizer,
} from '../models/autoregressor/index.ts';
import { readClipOpenaiConfig, readClipTextConfig, readClipVisionConfig } from '../models/clip/index.ts';
import { compressorConfig } from '../models/compressor/index.ts';
import type { ConfigJson } from '../models/configs.ts';
import { rendererContextConfig } from '../models/rendererContext/index.ts';
import { readSvdUNetConfig } from '../models/svd/index.ts';
import { readUNet2DConfig } from '../models/unet2d/index.ts';
import { Checkpoint, readConfig, type WorkerHost } from '../runtime/index.ts';
import { Animator, type EmbedImages } from './animator.ts';
import { Autoregressor } from './autoregressor.ts';
import { isOpenai } from './declare.ts';
import {
  AnchorEncoder,
  ClipTokenizer,
  FaceEncoder,
  ImageEncoder,
  SentenceEncoder,
  type SentenceEncoderOptions,
} from './encoders.ts';
import { fingerprintFolders } from './fingerprint.ts';
import { type ClipSettings, generationConfig, optionalConfig } from './generationConfig.ts';
import { ImageCodec, readImageCodecConfig } from './imageCodec.ts';
import { checkpointSource, type ModelSource } from './modelSource.ts';
import type { ModelName, Preset } from './preset.ts';
import { Renderer } from './renderer.ts';
import { Tokenizer } from './tokenizer.ts';

/** Makes a preset's models from its configs and weights. Each belongs to the caller, who releases it. */
export class Models {
  readonly preset: Preset;
  readonly host: WorkerHost;
  private readonly fingerprints = new Map<ModelName, Promise<string>>();

  constructor(preset: Preset, host: WorkerHost) {
    this.preset = preset;
    this.host = host;
  }

  /** Fails where weights are missing or a file of theirs is damaged, before anything is computed. */
  async check(names: readonly ModelName[]): Promise<void> {
    await this.preset.requireWeights(names);
    for (const name of names) await (await Checkpoint.open(this.preset.weights(name))).close();
  }

  /** A hash of a model's configs and weights: equal ones compute the same. */
  fingerprint(name: ModelName): Promise<string> {
    const known =
      this.fingerprints.get(name) ??
      fingerprintFolders(join(this.preset.folder, name), this.preset.weights(name));
    this.fingerprints.set(name, known);
    return known;
  }

  async sentenceEncoder(options: SentenceEncoderOptions = {}): Promise<SentenceEncoder> {
    const part = await this.textPart();
    const json = await this.preset.config(part);
    const config = isOpenai(json) ? readClipOpenaiConfig(json) : readClipTextConfig(json);
    return new SentenceEncoder(await this.source(part), config, await this.textTokenizer(), options);
  }

  async imageEncoder(): Promise<ImageEncoder> {
    const config = readClipVisionConfig(await this.preset.config('clip'));
    const preprocess = await this.preset.config('clip', 'preprocessor_config.json');
    return new ImageEncoder(await this.source('clip'), config, preprocess);
  }

  async faceEncoder(): Promise<FaceEncoder> {
    const json = await this.preset.config('face');
    const config = isOpenai(json) ? readClipOpenaiConfig(json) : readClipVisionConfig(json);
    const preprocess = await this.preset.config('face', 'preprocessor_config.json');
    return new FaceEncoder(await this.source('face'), config, preprocess);
  }

  async tokenizer(): Promise<Tokenizer> {
    const config = compressorConfig.parse(await this.preset.config('compressor'));
    return new Tokenizer(await this.source('compressor'), config);
  }

  async imageCodec(part: 'vae' | 'animator_vae' = 'vae'): Promise<ImageCodec> {
    const latents = await readOptional(join(this.preset.weights(part), 'latents.json'));
    return new ImageCodec(
      await this.source(part),
      readImageCodecConfig(await this.preset.config(part), latents),
    );
  }

  /** The animator's own VAE, else that of the film. */
  async animatorCodec(): Promise<ImageCodec> {
    return this.imageCodec((await this.preset.has('animator_vae')) ? 'animator_vae' : 'vae');
  }

  /** The animator's own image encoder, else that of the film. */
  async anchorEncoder(): Promise<{ embed: EmbedImages; release(): Promise<void> }> {
    const { preset } = this;
    const part = 'animator_image_encoder';
    if (!(await preset.has(part))) {
      const images = await this.imageEncoder();
      return {
        embed: async (pictures) => (await images.encode(pictures)).embeds,
        release: () => images.release(),
      };
    }
    const config = readClipVisionConfig(await preset.config(part));
    const statistics = clipStatistics(await preset.config(part, 'preprocessor_config.json'));
    const encoder = new AnchorEncoder(await this.source(part), config, statistics);
    return { embed: (pictures) => encoder.encode(pictures), release: () => encoder.release() };
  }

  /** Identifiers go through the language model's tokenizer where its files lie with the weights, else through ours. */
  async autoregressor(): Promise<Autoregressor> {
    const { preset } = this;
    const config = autoregressorConfig.parse(await preset.config('autoregressor'));
    const settings = await generationConfig(preset, 'autoregressor');
    const file = (name: string): Promise<object | undefined> =>
      readOptional(join(preset.weights('autoregressor'), name));
    const tokenizer = await file('tokenizer.json');
    const identifiers = tokenizer
      ? textTokenizer({
          tokenizer,
          config: (await file('tokenizer_config.json')) ?? {},
          vocabSize: config.llama.vocabSize,
          special: specialIdentifiers.slice(0, config.specialTokens),
          start: [1],
        })
      : wordListTokenizer();
    const { normalize } = compressorConfig.parse(await preset.config('compressor'));
    const all = { ...settings, normalize };
    return new Autoregressor(await this.source('autoregressor'), config, identifiers, all);
  }

  async renderer(codec: ImageCodec): Promise<Renderer> {
    const { preset } = this;
    const config = {
      context: rendererContextConfig.parse(await preset.config('renderer')),
      unet: readUNet2DConfig(await preset.config('unet')),
      scheduler: await preset.config('scheduler', 'scheduler_config.json'),
    };
    const sources = { context: await this.source('renderer'), unet: await this.source('unet') };
    return new Renderer(sources, config, codec);
  }

  /** `settings` take the place of those in the preset's `generation_config.json`. */
  async animator(
    codec: ImageCodec,
    embed: EmbedImages,
    settings: Partial<ClipSettings> = {},
  ): Promise<Animator> {
    const { preset } = this;
    const config = {
      unet: readSvdUNetConfig(await preset.config('animator')),
      scheduler: await this.animatorScheduler(),
    };
    const {
      movieFps: _fps,
      anchor: _anchor,
      ...rest
    } = { ...(await generationConfig(preset, 'animator')), ...settings };
    return new Animator(await this.source('animator'), config, codec, embed, rest);
  }

  /** The animator's own `scheduler_config.json`, else the renderer's. */
  async animatorScheduler(): Promise<ConfigJson> {
    const own = await optionalConfig(this.preset, 'animator', 'scheduler_config.json');
    return own ?? this.preset.config('scheduler', 'scheduler_config.json');
  }

  /** Whose text tower embeds sentences. */
  private async textPart(): Promise<'text' | 'clip'> {
    return (await this.preset.has('text')) ? 'text' : 'clip';
  }

  /** LongCLIP is published without a tokenizer: it is CLIP's. */
  private async textTokenizer(): Promise<ClipTokenizer> {
    const path = (part: ModelName): string => join(this.preset.weights(part), 'tokenizer.json');
    const json = (await readOptional(path(await this.textPart()))) ?? (await readConfig(path('clip')));
    return new ClipTokenizer(json);
  }

  private source(name: ModelName): Promise<ModelSource> {
    return checkpointSource(this.host, this.preset.weights(name));
  }
}

async function readOptional(path: string): Promise<object | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
