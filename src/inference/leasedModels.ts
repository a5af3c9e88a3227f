import { keyOf } from '../files/index.ts';
import { type ModelName, modelsOf, type Preset, playerIn } from '../presets/index.ts';
import type { Animator, EmbedImages } from './animator.ts';
import type { Autoregressor } from './autoregressor.ts';
import type { FaceEncoder, ImageEncoder, SentenceEncoder } from './encoders.ts';
import { type ClipSettings, generationConfig } from './generationConfig.ts';
import type { ImageCodec } from './imageCodec.ts';
import type { Tokenizer } from './keyframeTokenizer.ts';
import type { ModelLoader } from './loader.ts';
import type { Lease, LeaseOptions, Made, ModelPool } from './pool.ts';
import { orRelease, type Releasable, releaseAll } from './release.ts';
import type { Renderer } from './renderer.ts';

/** A preset's models on lease: made by a loader, kept in a pool. */
export class LeasedModels {
  readonly loader: ModelLoader;
  private readonly pool: ModelPool;
  private readonly options: LeaseOptions;

  constructor(loader: ModelLoader, pool: ModelPool, options: LeaseOptions) {
    this.loader = loader;
    this.pool = pool;
    this.options = options;
  }

  get preset(): Preset {
    return this.loader.preset;
  }

  async sentenceEncoder(): Promise<Lease<SentenceEncoder>> {
    const model = await playerIn(this.preset, 'text|clip');
    return this.lease('sentences', [model], null, () => this.loader.sentenceEncoder());
  }

  faceEncoder(): Promise<Lease<FaceEncoder>> {
    return this.lease('faces', ['face'], null, () => this.loader.faceEncoder());
  }

  imageEncoder(): Promise<Lease<ImageEncoder>> {
    return this.lease('images', ['clip'], null, () => this.loader.imageEncoder());
  }

  tokenizer(): Promise<Lease<Tokenizer>> {
    return this.lease('tokenizer', ['compressor'], null, () => this.loader.tokenizer());
  }

  async autoregressor(): Promise<Lease<Autoregressor>> {
    const settings = [
      await generationConfig(this.preset, 'autoregressor'),
      await this.preset.config('compressor'),
    ];
    return this.lease('autoregressor', ['autoregressor'], settings, () => this.loader.autoregressor());
  }

  /** A VAE. The renderer's and the animator's are one where the preset has one only. */
  imageCodec(part: 'vae' | 'animator_vae' = 'vae'): Promise<Lease<ImageCodec>> {
    return this.lease(part, [part], null, () => this.loader.imageCodec(part));
  }

  async renderer(): Promise<Lease<Renderer>> {
    const scheduler = await this.preset.config('scheduler', 'scheduler_config.json');
    return this.lease('renderer', ['vae', 'unet', 'renderer'], scheduler, async () => {
      const codec = await this.imageCodec();
      return holding(() => this.loader.renderer(codec.value), codec);
    });
  }

  async animator(settings: ClipSettings): Promise<Lease<Animator>> {
    const models = await modelsOf(this.preset, ['clip']);
    const scheduler = await this.loader.animatorScheduler();
    return this.lease('animator', models, [settings, scheduler], async () => {
      const vae = await playerIn(this.preset, 'animator_vae|vae');
      const codec = await this.imageCodec(vae as 'vae' | 'animator_vae');
      const anchor = await orRelease(
        () => this.anchorEncoder(),
        async () => codec[Symbol.asyncDispose](),
      );
      return holding(() => this.loader.animator(codec.value, anchor.value.embed, settings), anchor, codec);
    });
  }

  private async anchorEncoder(): Promise<Lease<{ embed: EmbedImages; release(): Promise<void> }>> {
    const model = await playerIn(this.preset, 'animator_image_encoder|clip');
    return this.lease('anchor', [model], null, () => this.loader.anchorEncoder());
  }

  private async lease<T extends Releasable>(
    name: string,
    models: readonly ModelName[],
    settings: unknown,
    create: () => Promise<T | Made<T>>,
  ): Promise<Lease<T>> {
    const key = keyOf(name, await this.loader.fingerprintsOf(models), settings);
    const make = async (): Promise<Made<T>> => {
      const made = await create();
      return 'value' in made ? made : { value: made, release: () => made.release() };
    };
    return this.pool.lease(name, key, make, this.options);
  }
}

/** A model that holds leases of others until it is released itself. */
async function holding<T extends Releasable>(
  create: () => Promise<T>,
  ...leases: readonly Lease<unknown>[]
): Promise<Made<T>> {
  const ends = leases.map((lease) => async () => lease[Symbol.asyncDispose]());
  const value = await orRelease(create, ...ends);
  return { value, release: () => releaseAll([() => value.release(), ...ends]) };
}
