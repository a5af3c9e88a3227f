import type { ConfigJson } from '../base/configJson.ts';
import { guide, type SampleStep, sample } from '../diffusion/index.ts';
import { f32, input, type Tensor, type TensorData } from '../graph/index.ts';
import type { Image } from '../media/index.ts';
import {
  type ConditionedFrame,
  type ConditionFeeds,
  contextRows,
  feedsOf,
  inputsOf,
  pooledTokens,
  type RendererContextConfig,
  rendererContext,
} from '../models/rendererContext/index.ts';
import { draft, timeIds, timeIdsInput, type UNet2DConfig, unet2d } from '../models/unet2d/index.ts';
import type { ModelSource, Network } from '../presets/index.ts';
import type { Random } from '../random/index.ts';
import { checkDraft } from './checkSteps.ts';
import type { ImageCodec } from './imageCodec.ts';
import { Networks } from './networks.ts';
import { releaseAll } from './release.ts';
import { type SamplerName, samplerOf } from './sampler.ts';
import {
  besideGiven,
  type GivenPictures,
  rowCount,
  rowFeeds,
  rowsName,
  type SharedAttention,
} from './sharedAttention.ts';

export interface RendererConfig {
  readonly context: RendererContextConfig;
  readonly unet: UNet2DConfig;
  /** A published `scheduler_config.json`. */
  readonly scheduler: ConfigJson;
}

/** Where the weights lie: the projections of sentences, faces and pooled tokens, and the U-Net. */
export interface RendererSources {
  readonly context: ModelSource;
  readonly unet: ModelSource;
}

/** What one picture is made from. Leave sentences and faces empty to decode from the tokens alone. */
export interface RenderFrame extends ConditionedFrame {
  /** Draws the picture's noise. */
  readonly random: Random;
}

export interface RenderOptions {
  /** Of the pictures that latents stand for: the codec may paint them larger (`ImageCodec.scale`). */
  readonly width: number;
  readonly height: number;
  /** Denoising steps; 0 leaves the U-Net out and paints its draft, see `RenderSettings.steps`. */
  readonly steps: number;
  /** Scale of classifier-free guidance (Ho & Salimans, 2022) away from the unconditional input; 1, the default, is none. */
  readonly guidance?: number;
  /**
   * With 0 steps: the scale by which the draft is led away from that of the tokens alone, as guidance leads a prediction. 1, the
   * default, is the draft itself; a little more says the script louder, and from 2 on faces break (docs/log.md).
   */
  readonly scriptGuidance?: number;
  /** The pooled embedding of the unconditional half: zeros as in SDXL, the default, or the frame's own. */
  readonly unconditionalPooled?: 'zero' | 'keep';
  /** The scheduler config's own by default. */
  readonly sampler?: SamplerName;
  /** Single keys of the scheduler config. */
  readonly scheduler?: ConfigJson;
  /** Pictures whose tokens the frames may read; they come before the frames in `attention`. Default: none. */
  readonly given?: GivenPictures;
  /** Whose tokens self-attention reads. Default: each picture's own. */
  readonly attention?: SharedAttention;
  readonly signal?: AbortSignal;
}

/** The conditioning of a batch, ready for the U-Net. */
interface Conditions {
  readonly context: TensorData;
  readonly pooled: TensorData | undefined;
  /** What the U-Net reads beside the context. */
  readonly more: ConditionFeeds['unet'];
}

/**
 * The ID-preserving renderer (paper 3.3, appendix A): compressed tokens, description sentences and faces to a picture,
 * by denoising latents. A context config without sentence and face rows is the plain decoder of 3.2.
 */
export class Renderer {
  readonly config: RendererConfig;
  readonly codec: ImageCodec;
  private readonly contexts: Networks;
  private readonly unets: Networks;
  /** Of U-Nets that share attention, by their names: the tokens a picture of their levels. */
  private readonly rowLevels = new Map<string, Set<number>>();

  constructor(sources: RendererSources, config: RendererConfig, codec: ImageCodec) {
    this.config = config;
    this.codec = codec;
    this.contexts = new Networks(sources.context);
    this.unets = new Networks(sources.unet);
  }

  /** Renders a batch to its end. */
  async render(frames: readonly RenderFrame[], options: RenderOptions): Promise<Image[]> {
    let last: Float32Array | undefined;
    for await (const step of this.denoise(frames, options)) last = step.sample;
    return this.decode(last as Float32Array, frames.length, options);
  }

  /**
   * Renders a batch and yields every step; the last one's `sample` holds the standardised latents [n, c, h, w]. Equal
   * frames, random streams and options give equal latents. With 0 steps one is yielded, and no noise is drawn.
   * @throws RangeError where a frame has too many rows, a width is wrong, the size does not suit the codec, or there are
   *   0 steps and no draft, or with guidance or shared attention, or `scriptGuidance` with more steps
   */
  async *denoise(
    frames: readonly RenderFrame[],
    options: RenderOptions,
  ): AsyncGenerator<SampleStep, void, void> {
    const n = frames.length;
    const first = frames[0];
    if (!first) throw new RangeError('Renderer: expected at least one frame, got none');
    const {
      width,
      height,
      steps,
      guidance = 1,
      scriptGuidance = 1,
      unconditionalPooled = 'zero',
      given,
      attention,
      signal,
    } = options;
    const latent = this.codec.latentShape(width, height);
    if (steps === 0) {
      if (attention || given)
        throw new RangeError(
          'Renderer: 0 steps paint the draft, which shares no attention; take at least 1 step',
        );
      checkDraft(this.config.unet, { latent, guidance });
      const drafted = await this.draft(await this.condition(frames), n, latent);
      const tokensAlone = frames.map((frame) => ({ ...frame, sentences: [], faces: [], owners: undefined }));
      const sample =
        scriptGuidance === 1
          ? drafted
          : guide(await this.draft(await this.condition(tokensAlone), n, latent), drafted, scriptGuidance);
      yield { step: 1, total: 1, timestep: 0, sample, denoised: sample };
      return;
    }
    if (scriptGuidance !== 1)
      throw new RangeError('Renderer: scriptGuidance leads drafts; take 0 steps, or guidance');
    const scheduler = samplerOf(this.config.scheduler, options.sampler, options.scheduler);
    const batch = [...(given?.frames ?? []), ...frames];
    const b = batch.length;
    const conditional = await this.condition(batch);
    const unconditional = guidance === 1 ? undefined : nothing(conditional, unconditionalPooled);
    const { network, levels } = await this.unet(b, latent, attention);
    const time_ids = timeIds(b, { width, height });
    const size = latent[0] * latent[1] * latent[2];
    const withGiven = besideGiven(given, scheduler.trajectory(steps), size);

    const predict = async (
      x: Float32Array,
      time: number,
      { context, pooled, more }: Conditions,
      rows: Readonly<Record<string, TensorData>>,
    ): Promise<Float32Array> => {
      const { prediction } = await network.run({
        sample: f32(x, [b, ...latent]),
        timestep: f32(new Float32Array(b).fill(time), [b]),
        context,
        ...more,
        ...rows,
        ...(pooled && { text_embeds: pooled, time_ids }),
      });
      const all = prediction?.data as Float32Array;
      return given ? all.slice((b - n) * size) : all;
    };
    const noise = new Float32Array(n * size);
    frames.forEach((frame, i) => {
      noise.set(frame.random.normals(size), i * size);
    });
    yield* sample({
      scheduler,
      steps,
      noise,
      batch: n,
      random: first.random,
      ...(signal ? { signal } : {}),
      denoise: async (x, time, index) => {
        const all = withGiven(x, index);
        const rows = attention ? rowFeeds(attention, levels) : {};
        const guided = await predict(all, time, conditional, rows);
        if (!unconditional) return guided;
        return guide(await predict(all, time, unconditional, rows), guided, guidance);
      },
    });
  }

  /** Standardised latents [n, c, h, w] as pictures; also for previews of a step's `denoised`. */
  async decode(
    latents: Float32Array,
    n: number,
    { width, height }: Pick<RenderOptions, 'width' | 'height'>,
  ): Promise<Image[]> {
    return this.codec.paint(latents, n, width, height);
  }

  async release(): Promise<void> {
    await releaseAll([() => this.contexts.release(), () => this.unets.release()]);
  }

  private async condition(frames: readonly RenderFrame[]): Promise<Conditions> {
    const { context: config, unet } = this.config;
    const n = frames.length;
    const feeds = feedsOf(frames, config);
    const network = await this.contexts.get(`${n}`, (p) => {
      const inputs = inputsOf(n, config).context;
      const context = rendererContext(p, inputs, config);
      return { context, ...(unet.textTime && { pooled: pooledTokens(p, inputs.tokens, config) }) };
    });
    const { context, pooled } = await network.run(feeds.context);
    return { context: context as TensorData, pooled, more: feeds.unet };
  }

  /** The U-Net's draft alone [n, c, h, w]: the mean of what the conditioning says. */
  private async draft(
    { context, pooled, more }: Conditions,
    n: number,
    latent: readonly [number, number, number],
  ): Promise<Float32Array> {
    const config = this.config.unet.draft as NonNullable<UNet2DConfig['draft']>;
    const network = await this.unets.get(`draft ${n} ${latent.join('x')}`, (p) => ({
      drafted: draft(
        p.at('draft'),
        config,
        input('text_embeds', (pooled as TensorData).shape),
        input('context', context.shape),
        inputsOf(n, this.config.context).unet.columns,
      ),
    }));
    const { drafted } = await network.run({
      text_embeds: pooled as TensorData,
      // a draft without transformer blocks reads neither
      ...(config.layers > 0 && { context, ...more }),
    });
    return drafted?.data as Float32Array;
  }

  private async unet(
    n: number,
    latent: readonly [number, number, number],
    attention?: SharedAttention,
  ): Promise<{ readonly network: Network; readonly levels: ReadonlySet<number> }> {
    const { context, unet } = this.config;
    const others = attention && Math.max(...attention.sees.map(({ length }) => length));
    const name = `${n} ${latent.join('x')}${attention ? ` ${attention.rate} of ${others}` : ''}`;
    const levels = this.rowLevels.get(name) ?? new Set();
    this.rowLevels.set(name, levels);
    const inputs = new Map<number, Tensor>();
    const rows = (shared: SharedAttention) => (tokens: number) => {
      const own = inputs.get(tokens) ?? input(rowsName(tokens), [n, rowCount(shared, tokens)], 'int64');
      inputs.set(tokens, own);
      levels.add(tokens);
      return own;
    };
    const network = await this.unets.get(name, (p) => ({
      prediction: unet2d(p, unet, {
        sample: input('sample', [n, ...latent]),
        timestep: input('timestep', [n]),
        encoderHiddenStates: input('context', [n, contextRows(context), context.tokenDim]),
        ...inputsOf(n, context).unet,
        ...(unet.textTime &&
          context.pooledDim && {
            textEmbeds: input('text_embeds', [n, context.pooledDim]),
            timeIds: timeIdsInput(n),
          }),
        ...(attention && { rows: rows(attention) }),
      }),
    }));
    return { network, levels };
  }
}

/** Unconditional input for classifier-free guidance: all conditioning rows are zero. */
function nothing({ context, pooled, more }: Conditions, rule: 'zero' | 'keep'): Conditions {
  const zeros = (t: TensorData): TensorData =>
    f32(new Float32Array((t.data as Float32Array).length), t.shape);
  return { context: zeros(context), pooled: pooled && rule === 'zero' ? zeros(pooled) : pooled, more };
}
