import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ConfigJson } from '../base/configJson.ts';
import { parseConfig } from '../base/index.ts';
import { Checkpoint, CheckpointError, readConfig } from '../checkpoints/index.ts';
import { keyOf } from '../files/index.ts';
import {
  autoregressorConfig,
  type IdentifierTokenizer,
  specialIdentifiers,
  textTokenizer,
  wordListTokenizer,
} from '../models/autoregressor/index.ts';
import { readClipOpenaiConfig, readClipTextConfig, readClipVisionConfig } from '../models/clip/index.ts';
import { compressorConfig } from '../models/compressor/index.ts';
import { faceDetectorConfig } from '../models/faceDetector/index.ts';
import { rendererContextConfig } from '../models/rendererContext/index.ts';
import { readSvdUNetConfig } from '../models/svd/index.ts';
import { readUNet2DConfig } from '../models/unet2d/index.ts';
import type { MemoryPlan } from '../presets/index.ts';
import {
  type AdaptedLayers,
  adaptedLayers,
  checkpointSource,
  fingerprintFiles,
  hasWeights,
  type ModelName,
  type ModelSource,
  type Preset,
  playerIn,
  prepareWeights,
} from '../presets/index.ts';
import type { SessionTuning, WorkerHost } from '../runtime/index.ts';
import { Animator, type EmbedImages } from './animator.ts';
import { Autoregressor } from './autoregressor.ts';
import { cacheScales } from './cacheScales.ts';
import { checkConfigs } from './checkConfigs.ts';
import { clipTokenizerFiles, readClipTokenizer } from './clipVocabulary.ts';
import { type CutSentence, cutSentences } from './cutSentences.ts';
import { declarations, isOpenai } from './declare.ts';
import {
  AnchorEncoder,
  ClipTokenizer,
  FaceEncoder,
  ImageEncoder,
  SentenceEncoder,
  type SentenceEncoderOptions,
} from './encoders.ts';
import { FaceDetector } from './faceDetector.ts';
import { type ClipSettings, generationConfig, optionalConfig } from './generationConfig.ts';
import { ImageCodec, type ImageCodecConfig, readImageCodecConfig } from './imageCodec.ts';
import { Tokenizer } from './keyframeTokenizer.ts';
import { clipStatistics } from './preprocess/clipPreprocess.ts';
import { Renderer } from './renderer.ts';

export interface PrepareModelsOptions {
  /** Bytes written so far, of all. */
  readonly onProgress?: (model: ModelName, done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a preset's models from its configs and weights. Each belongs to the caller, who releases it. */
export class ModelLoader {
  readonly preset: Preset;
  readonly host: WorkerHost;
  /** The forms in which models run; the others as they are stored. */
  readonly plan: MemoryPlan;
  private readonly prepared = new Map<ModelName, string>();
  private readonly fingerprints = new Map<ModelName, Promise<string>>();

  constructor(preset: Preset, host: WorkerHost, plan: MemoryPlan = {}) {
    this.preset = preset;
    this.host = host;
    this.plan = plan;
  }

  /** Fails where weights are missing or a file of theirs or of the preset is damaged, before anything is computed. */
  async check(names: readonly ModelName[]): Promise<void> {
    await this.preset.requireWeights(names);
    await checkConfigs(this.preset, names);
    if (names.includes('clip') || names.includes('text')) await this.textTokenizer();
    if (names.includes('vae')) await this.codecConfig('vae');
    for (const name of names) {
      if (await this.preset.has(name))
        await (await Checkpoint.open((await this.adapted(name)).layers)).close();
    }
  }

  /** Makes the weights of some models in the forms in which they run, where these are not there yet. */
  async prepare(
    names: readonly ModelName[],
    { onProgress, signal }: PrepareModelsOptions = {},
  ): Promise<void> {
    for (const name of names) {
      const { format = 'stored' } = this.plan[name] ?? {};
      if (format === 'stored' || this.prepared.has(name) || !(await this.preset.has(name))) continue;
      const config = await this.preset.config(name);
      const path = await prepareWeights((await this.adapted(name)).layers, {
        format,
        declare: (p) => declarations[name](p, config),
        onProgress: (done, total) => onProgress?.(name, done, total),
        ...(signal ? { signal } : {}),
      });
      this.prepared.set(name, path);
    }
  }

  /** A hash of a model's configs, weights and form: equal ones compute the same. */
  fingerprint(name: ModelName): Promise<string> {
    const known = this.fingerprints.get(name);
    if (known) return known;
    const hashed = this.hash(name);
    this.fingerprints.set(name, hashed);
    hashed.catch(() => this.fingerprints.delete(name));
    return hashed;
  }

  private async hash(name: ModelName): Promise<string> {
    const { layers, adapter } = await this.adapted(name);
    const beside: string[] = []; // folders are hashed with all that lies in them
    if (adapter && !layers.includes(dirname(adapter.file))) beside.push(dirname(adapter.file));
    for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
      const path = await this.preset.file(name, file);
      if (path && !layers.includes(dirname(path))) beside.push(path);
    }
    if (name === 'clip' && !(await this.preset.file(name, 'tokenizer.json'))) {
      for (const file of clipTokenizerFiles.slice(1)) {
        const path = await this.preset.file(name, file);
        if (path && !layers.includes(dirname(path))) beside.push(path);
      }
    }
    const files = await fingerprintFiles(join(this.preset.folder, name), ...layers, ...beside);
    const form = this.plan[name];
    return form && form.format !== 'stored' ? keyOf(files, form) : files;
  }

  /**
   * Fingerprints of some models by their names, for keys; models that the preset does not have are left out. A text tower
   * that borrows the tokenizer of `clip` counts with it.
   */
  async fingerprintsOf(names: readonly ModelName[]): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const name of names) {
      if (!(await this.preset.has(name))) continue;
      found[name] = await this.fingerprint(name);
      if (name !== 'text') continue;
      const { part, folder } = (await this.foundTokenizer()) ?? { part: name, folder: '' };
      if (part === name) continue;
      found['text tokenizer'] = await fingerprintFiles(
        ...clipTokenizerFiles.map((file) => join(folder, file)),
      );
    }
    return found;
  }

  /** @param wanted whose text tower; by default `text` where the preset has one. Metrics compare with pictures in `clip`'s. */
  async sentenceEncoder(options: SentenceEncoderOptions = {}, wanted?: 'clip'): Promise<SentenceEncoder> {
    const part = wanted ?? (await this.textPart());
    const json = await this.preset.config(part);
    const config = isOpenai(json) ? readClipOpenaiConfig(json) : readClipTextConfig(json);
    return new SentenceEncoder(await this.source(part), config, await this.textTokenizer(), options);
  }

  /** Of some sentences those that are longer than the text tower reads; no weights are needed for that. */
  async cutSentences(sentences: Iterable<string>): Promise<CutSentence[]> {
    const json = await this.preset.config(await this.textPart());
    const { positions } = isOpenai(json) ? readClipOpenaiConfig(json).text : readClipTextConfig(json);
    return cutSentences(sentences, await this.textTokenizer(), positions);
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

  /** The preset's detector of faces; undefined where it has none, or no weights of it. */
  async faceDetector(): Promise<FaceDetector | undefined> {
    const folder = this.preset.weightsIn('detector');
    if (!(await this.preset.hasFile('detector', 'config.json')) || !(await hasWeights(folder)))
      return undefined;
    const config = parseConfig(faceDetectorConfig, await this.preset.config('detector'));
    return new FaceDetector(await checkpointSource(this.host, folder), config);
  }

  async tokenizer(): Promise<Tokenizer> {
    const config = parseConfig(compressorConfig, await this.preset.config('compressor'));
    return new Tokenizer(await this.source('compressor'), config);
  }

  async imageCodec(part: 'vae' | 'animator_vae' = 'vae'): Promise<ImageCodec> {
    return new ImageCodec(await this.source(part), await this.codecConfig(part), this.plan[part]?.tile);
  }

  private async codecConfig(part: 'vae' | 'animator_vae'): Promise<ImageCodecConfig> {
    const latents = await this.optionalFile(part, 'latents.json');
    return readImageCodecConfig(await this.preset.config(part), latents);
  }

  /** The animator's own VAE, else that of the film. */
  async animatorCodec(): Promise<ImageCodec> {
    return this.imageCodec((await playerIn(this.preset, 'animator_vae|vae')) as 'animator_vae' | 'vae');
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
  async identifiers(): Promise<IdentifierTokenizer> {
    const file = (name: string): Promise<object | undefined> => this.optionalFile('autoregressor', name);
    const tokenizer = await file('tokenizer.json');
    if (!tokenizer) {
      const other =
        (await this.preset.file('autoregressor', 'tokenizer.model')) ??
        (await this.preset.file('autoregressor', 'merges.txt'));
      if (!other) return wordListTokenizer();
      throw new CheckpointError({
        file: other,
        problem: 'is a tokenizer of another kind, and tokenizer.json is not there',
        help: "Write it with transformers: AutoTokenizer.from_pretrained('DIR').save_pretrained('DIR')",
      });
    }
    const { llama, specialTokens } = parseConfig(
      autoregressorConfig,
      await this.preset.config('autoregressor'),
    );
    return textTokenizer({
      tokenizer,
      config: (await file('tokenizer_config.json')) ?? {},
      vocabSize: llama.vocabSize,
      special: specialIdentifiers.slice(0, specialTokens),
      start: [1],
    });
  }

  async autoregressor(): Promise<Autoregressor> {
    const { preset } = this;
    const config = parseConfig(autoregressorConfig, await preset.config('autoregressor'));
    const settings = await generationConfig(preset, 'autoregressor');
    const identifiers = await this.identifiers();
    const { normalize } = parseConfig(compressorConfig, await preset.config('compressor'));
    const { cacheBits } = this.plan.autoregressor ?? {};
    const all = { ...settings, ...(cacheBits ? { cacheBits } : {}), normalize };
    const source = await this.source('autoregressor', async (weights) =>
      cacheBits && cacheBits < 32
        ? [await cacheScales(this.host, weights, config.llama, cacheBits as 8 | 4)]
        : [],
    );
    return new Autoregressor(source, config, identifiers, all);
  }

  async renderer(codec: ImageCodec): Promise<Renderer> {
    const { preset } = this;
    const config = {
      context: parseConfig(rendererContextConfig, await preset.config('renderer')),
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
      between: _between,
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
  async textPart(): Promise<'text' | 'clip'> {
    return (await playerIn(this.preset, 'text|clip')) as 'text' | 'clip';
  }

  /** LongCLIP is published without a tokenizer: it is CLIP's. */
  private async textTokenizer(): Promise<ClipTokenizer> {
    const json = (await this.foundTokenizer())?.json;
    return new ClipTokenizer(
      json ?? (await readConfig(join(this.preset.weightsIn('clip'), 'tokenizer.json'))),
    );
  }

  /** The tokenizer of the text tower, and whose folder it lies in. */
  private async foundTokenizer() {
    for (const part of [await this.textPart(), 'clip'] as const) {
      for (const folder of this.preset.folders(part)) {
        const json = await readClipTokenizer(folder);
        if (json) return { part, folder, json };
      }
    }
    return undefined;
  }

  /** A model's weights in its form; `more` names files to be laid over them. */
  private async source(
    name: ModelName,
    more: (weights: string) => Promise<readonly string[]> = async () => [],
  ): Promise<ModelSource> {
    const { format = 'stored', roundInputs = 'all' } = this.plan[name] ?? {};
    const { layers, adapter } = await this.adapted(name);
    if (format === 'stored') return checkpointSource(this.host, layers, { adapter });
    await this.prepare([name]);
    const path = this.prepared.get(name) as string;
    return checkpointSource(this.host, [path, ...(await more(path))], {
      adapter,
      compute: (layer) =>
        roundInputs === 'all' || (roundInputs === 'attention' && layer.includes('attn')) ? 'int8' : 'float32',
      tuning: format === 'float32' ? await mappedTuning(path) : {},
    });
  }

  /** A model's checkpoints, with the adapter that lies in the folder of its own weights. */
  private adapted(name: ModelName): Promise<AdaptedLayers> {
    return adaptedLayers(this.preset.layers(name), this.preset.weightsIn(name), this.preset.folders(name));
  }

  /** A JSON file that lies with a model's weights, where there is one. */
  private async optionalFile(model: ModelName, name: string): Promise<object | undefined> {
    const path = await this.preset.file(model, name);
    return path === undefined ? undefined : readConfig(path);
  }
}

/** Weights of more than this stay where they are, though convolutions are then an eighth slower. */
const LARGE = 1e9;

/** How a model runs whose weights are mapped: its large tensors are given back at once, not kept for the next run. */
async function mappedTuning(path: string): Promise<SessionTuning> {
  const { size } = await stat(path);
  return { arena: false, memoryPattern: false, optimization: size > LARGE ? 'extended' : 'all' };
}
