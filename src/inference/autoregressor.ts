import { type CacheAttributes, type Scope, sizeOf, type Tensor, type TensorData } from '../graph/index.ts';
import {
  type AutoregressorConfig,
  asRead,
  autoregressorStep,
  cachedStepFeeds,
  cachedStepInputs,
  type IdentifierTokenizer,
  type LayoutSegment,
  packSequence,
  rollWindow,
  type SequenceFrame,
  type SequenceItem,
  type StepShape,
  stepFeeds,
  stepInputs,
  unknownLength,
} from '../models/autoregressor/index.ts';
import { sampleMixture } from '../models/gaussianMixture/index.ts';
import { cacheTensor, currentName } from '../models/llama/index.ts';
import type { ModelSource, Network } from '../presets/index.ts';
import type { Random } from '../random/index.ts';
import type { Resident } from '../runtime/index.ts';
import { referenceLayout } from '../script/index.ts';
import { Networks } from './networks.ts';
import { orRelease, releaseAll } from './release.ts';

/** A shot's script with its encoded parts; its visual tokens are what the model says. */
export interface ScriptFrame {
  readonly layout: readonly LayoutSegment[];
  readonly sentences: readonly Float32Array[];
  readonly faces: readonly Float32Array[];
}

export interface GenerationSettings {
  /** Factor on the mixture's standard deviations (GIVT: 0.9 to 0.95). */
  readonly temperature: number;
  /** Instead of a draw: the mixture's mean or mode. */
  readonly greedy?: 'mean' | 'mode' | undefined;
  /** Positions that a context holds; by default 40 a frame, as in the paper (5000 for 128 frames). */
  readonly capacity?: number | undefined;
  /** Positions that one run of the graph takes; longer scripts take several. */
  readonly chunk: number;
  /** `layer`: what is drawn is brought to mean 0 and variance 1, as the compressor does with every token. */
  readonly normalize: 'layer' | 'none';
  /** The share of a full window that is kept when it rolls. */
  readonly keep: number;
  /**
   * Bits of a cached key or value. With it the cache is extended in place, runs take any number of positions, and what is
   * not in use costs nothing: for large models. Without it, float32 as in training, to the bit.
   */
  readonly cacheBits?: CacheAttributes['bits'] | undefined;
}

/** Positions a frame takes on average; the paper has about 5000 for 128. */
const POSITIONS_PER_FRAME = 40;

/** Positions of a context: as many as the settings say, or 40 a frame, and no more than the language model has. */
export function contextCapacity(
  { contextFrames, llama }: AutoregressorConfig,
  { capacity = POSITIONS_PER_FRAME * contextFrames }: Partial<GenerationSettings>,
): number {
  return Math.min(llama.maxPositions, capacity);
}

/** The autoregressive keyframe-token model (paper 3.4): script after script, it says each shot's compressed tokens. */
export class Autoregressor {
  readonly config: AutoregressorConfig;
  readonly tokenizer: IdentifierTokenizer;
  readonly settings: GenerationSettings;
  private readonly source: ModelSource;
  private readonly networks: Networks;

  constructor(
    source: ModelSource,
    config: AutoregressorConfig,
    tokenizer: IdentifierTokenizer,
    settings: Partial<GenerationSettings> = {},
  ) {
    this.source = source;
    this.config = config;
    this.tokenizer = tokenizer;
    this.settings = { temperature: 1, chunk: 48, keep: 0.5, normalize: 'none', ...settings };
    this.networks = new Networks(source);
  }

  /**
   * Begins a film. `references`: the compressed tokens of each few-shot picture, which stay in front of everything.
   * Memory and time a shot are constant however long the film gets: see `rollWindow`.
   */
  async begin(references: readonly (readonly Float32Array[])[] = []): Promise<Generation> {
    const { config, settings } = this;
    const { layers } = config.llama;
    const layout = referenceLayout(config.tokensPerFrame);
    const prefix = references.map(
      (tokens): SequenceFrame => ({ layout, sentences: [], faces: [], tokens, predict: false }),
    );
    const capacity = contextCapacity(config, settings);
    const { cacheBits, chunk } = settings;
    // a run of fixed length writes all of its positions, real ones and padding, so its cache is a chunk longer
    const slots = cacheBits ? capacity : capacity + chunk;
    const cache = new Map<string, Resident>();
    const { dtype, shape } = cacheTensor(config.llama, { capacity: slots, bits: cacheBits ?? 32 });
    const drop = (): Promise<void> =>
      releaseAll([...cache.values()].map((resident) => () => this.source.host.drop(resident)));
    await orRelease(async () => {
      for (let i = 0; i < layers; i++) {
        for (const name of [currentName(i, 'key'), currentName(i, 'value')]) {
          const data = zerosOf(dtype, sizeOf(shape));
          cache.set(name, await this.source.host.put(name, { dtype, shape, data }, { transfer: true }));
        }
      }
    }, drop);
    return new Generation(this, { prefix, capacity, slots, cache, drop });
  }

  /** The graph that takes up to `length` new positions; for this file's own use. */
  network(shape: StepShape): Promise<Network> {
    return this.networks.get(`${shape.length} of ${shape.capacity}`, (p) =>
      autoregressorStep(p, this.config, stepInputs(this.config, shape)),
    );
  }

  /** The graph that takes any number of new positions over a cache of `slots`; for this file's own use. */
  cachedNetwork(slots: number, bits: CacheAttributes['bits']): Promise<Network> {
    const { config } = this;
    const build = (p: Scope): Record<string, Tensor> =>
      autoregressorStep(p, config, cachedStepInputs(p, config, { capacity: slots, bits }));
    return this.networks.get(`cache of ${slots}`, build, { unknown: unknownLength });
  }

  /** The most positions that a cached network takes at once; for this file's own use. */
  get cachedPositions(): number {
    return this.source.host.target.cachedPositions ?? Number.POSITIVE_INFINITY;
  }

  release(): Promise<void> {
    return this.networks.release();
  }
}

interface GenerationParts {
  readonly prefix: readonly SequenceFrame[];
  readonly capacity: number;
  readonly slots: number;
  readonly cache: ReadonlyMap<string, Resident>;
  readonly drop: () => Promise<void>;
}

/** Where a shot's tokens come from: a draw, or they are known already. */
export type TokenChoice = Random | readonly Float32Array[];

/** Another draw of a shot's tokens. */
export interface OtherDraw {
  readonly random: Random;
  /** See `GenerationSettings`; another one than the model's own draws where that takes the mean or mode. Default: its own. */
  readonly temperature?: number | undefined;
}

/**
 * A film in the making. Each `next` makes the same graph runs in the same order, whether its tokens are drawn or known
 * already: so a film that is resumed gets the bits that it would have got.
 */
export class Generation {
  private readonly model: Autoregressor;
  private readonly parts: GenerationParts;
  private readonly prefixLength: number;
  /** The finished frames in the window. */
  private window: SequenceFrame[] = [];
  /** Slots of the cache in use: all of the window but its last two items, the last token and the frame's end. */
  private filled = 0;
  private isEncoded = false;

  constructor(model: Autoregressor, parts: GenerationParts) {
    this.model = model;
    this.parts = parts;
    this.prefixLength = packSequence(parts.prefix, model.tokenizer).items.length;
  }

  /**
   * The next shot's tokens. `others` are drawn of the same shot, too, which later shots do not see: other takes.
   * @returns `others` in the order in which they were asked for
   */
  async next(
    script: ScriptFrame,
    choice: TokenChoice,
    others: readonly OtherDraw[] = [],
  ): Promise<{ tokens: Float32Array[]; others: Float32Array[][] }> {
    const frame = asRead(script, this.model.config);
    this.roll(this.lengthOf(frame));
    if (!this.isEncoded) await this.encodeWindow();
    const open: SequenceFrame = { ...frame, tokens: [] };
    const raw = await this.feed(this.itemsWith(open));
    const start = this.filled;
    const drawn: Float32Array[][] = [];
    for (const { random, temperature } of others) {
      drawn.push(await this.tokens(open, raw, random, temperature));
      this.filled = start;
    }
    const tokens = await this.tokens(open, raw, choice);
    this.window.push({ ...frame, tokens });
    return { tokens, others: drawn };
  }

  /**
   * Goes on after `count` shots whose tokens are known, and encodes only those that are in the window then. `lengths`
   * are those of all shots before, see `lengthOf`; `frame` gives one of them with its tokens.
   */
  async resume(
    lengths: readonly number[],
    frame: (index: number) => Promise<ScriptFrame & { tokens: readonly Float32Array[] }>,
  ): Promise<void> {
    let first = 0;
    let rolled = 0;
    for (const [index, next] of lengths.entries()) {
      const start = first + this.rollAt(lengths.slice(first, index), next);
      if (start > first) [first, rolled] = [start, index];
    }
    this.window = [];
    this.filled = 0;
    this.isEncoded = false;
    for (let i = first; i < rolled; i++) this.window.push(asRead(await frame(i), this.model.config));
    for (let i = rolled; i < lengths.length; i++) {
      const known = await frame(i);
      await this.next(known, known.tokens);
    }
  }

  /** Positions that a shot takes in the context, its tokens included. */
  lengthOf(frame: Pick<ScriptFrame, 'layout'>): number {
    const { tokenizer, config } = this.model;
    const { layout } = asRead(frame, config);
    return layout.reduce((n, s) => n + (s.kind === 'identifier' ? tokenizer.encode(s.text).length : 1), 0);
  }

  /** Frees the cache. */
  release(): Promise<void> {
    return this.parts.drop();
  }

  private rollAt(frames: readonly number[], next: number): number {
    const { config, settings } = this.model;
    return rollWindow({
      capacity: this.parts.capacity,
      maxFrames: config.contextFrames,
      prefix: this.prefixLength,
      frames,
      first: 0,
      next,
      keep: settings.keep,
    });
  }

  private roll(next: number): void {
    const start = this.rollAt(
      this.window.map((frame) => this.lengthOf(frame)),
      next,
    );
    if (start === 0) return;
    this.window = this.window.slice(start);
    this.filled = 0;
    this.isEncoded = false;
  }

  private async encodeWindow(): Promise<void> {
    this.filled = 0;
    const { items } = packSequence([...this.parts.prefix, ...this.window], this.model.tokenizer);
    await this.feed(items);
    this.isEncoded = true;
  }

  /** The items from the cache's end on, with `frame` as the last one. */
  private itemsWith(frame: SequenceFrame): readonly SequenceItem[] {
    const frames = [...this.parts.prefix, ...this.window, frame];
    return packSequence(frames, this.model.tokenizer).items.slice(this.filled);
  }

  /** Draws, or takes over, one token after the other. The last one is fed together with the next shot. */
  private async tokens(
    frame: SequenceFrame,
    first: Float32Array,
    choice: TokenChoice,
    temperature = this.model.settings.temperature,
  ): Promise<Float32Array[]> {
    const { config, settings } = this.model;
    const { greedy, normalize } = settings;
    const tokens: Float32Array[] = [];
    let raw = first;
    for (let i = 0; i < config.tokensPerFrame; i++) {
      if (i > 0) raw = await this.feed(this.itemsWith({ ...frame, tokens }));
      if ('length' in choice) tokens.push(choice[i] as Float32Array);
      else {
        const isGreedy = greedy !== undefined && temperature === settings.temperature;
        const options = { random: choice, temperature, ...(isGreedy ? { greedy } : {}) };
        const token = sampleMixture(raw, config.mixture, options);
        tokens.push(normalize === 'layer' ? standardized(token) : token);
      }
    }
    return tokens;
  }

  /** Runs items over the cache and returns the mixture that the last of them predicts. */
  private async feed(items: readonly SequenceItem[]): Promise<Float32Array> {
    const { config, settings } = this.model;
    if (settings.cacheBits) return this.feedInPlace(items, settings.cacheBits);
    let raw = new Float32Array();
    for (let at = 0; at < items.length; at += settings.chunk) {
      const part = items.slice(at, at + settings.chunk);
      const shape = this.shape(part.length === 1 ? 1 : settings.chunk);
      const network = await this.model.network(shape);
      const feeds: Record<string, TensorData | Resident> = stepFeeds(
        { items: [part], filled: this.filled },
        config,
        shape,
      );
      const scatter = Object.fromEntries(
        [...this.parts.cache].map(([name, into]) => [name, { into, axis: 2, offset: this.filled }]),
      );
      for (const [name, resident] of this.parts.cache) feeds[`past_${name}`] = resident;
      const result = await network.run(feeds, { fetch: ['raw'], scatter });
      raw = result.raw?.data as Float32Array<ArrayBuffer>;
      this.filled += part.length;
    }
    return raw;
  }

  private async feedInPlace(
    items: readonly SequenceItem[],
    bits: CacheAttributes['bits'],
  ): Promise<Float32Array> {
    const { config, settings } = this.model;
    const { cache, slots } = this.parts;
    const network = await this.model.cachedNetwork(slots, bits);
    const past = Object.fromEntries([...cache].map(([name, resident]) => [`past_${name}`, resident]));
    const update = Object.fromEntries(cache);
    const chunk = Math.min(settings.chunk, this.model.cachedPositions);
    let raw = new Float32Array();
    for (let at = 0; at < items.length; at += chunk) {
      const part = items.slice(at, at + chunk);
      const feeds = { ...cachedStepFeeds(part, this.filled, config), ...past };
      const result = await network.run(feeds, { fetch: ['raw'], update });
      raw = result.raw?.data as Float32Array<ArrayBuffer>;
      this.filled += part.length;
    }
    return raw;
  }

  private shape(length: number): StepShape {
    const rows = { text: length, sentences: length, faces: length, visual: length };
    return { batch: 1, length, capacity: this.parts.slots, reads: 1, ...rows };
  }
}

function zerosOf(dtype: TensorData['dtype'], size: number): TensorData['data'] {
  if (dtype === 'int8') return new Int8Array(size);
  return dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
}

/** Mean 0 and variance 1 over the channels, as at the compressor's end. */
function standardized(token: Float32Array): Float32Array {
  const mean = token.reduce((a, b) => a + b, 0) / token.length;
  const variance = token.reduce((a, b) => a + (b - mean) ** 2, 0) / token.length;
  const scale = 1 / Math.sqrt(variance + 1e-5);
  return token.map((v) => (v - mean) * scale);
}
