import { parseConfig } from '../base/index.ts';
import { input, type TensorData } from '../graph/index.ts';
import { Networks } from '../inference/index.ts';
import {
  type ConditionedFrame,
  feedsOf,
  inputsOf,
  pooledTokens,
  type RendererContextConfig,
  rendererContext,
  rendererContextConfig,
} from '../models/rendererContext/index.ts';
import { draft, draftMap, readUNet2DConfig, type UNet2DConfig } from '../models/unet2d/index.ts';
import { checkpointSource, type ModelSource, type Network, type Preset } from '../presets/index.ts';
import type { WorkerHost } from '../runtime/index.ts';

/**
 * What a variant's draft is made of: `map`, the tokens alone through the tokenizer's map; `tokens` and `rows`, the whole
 * draft of the renderer without and with sentences and faces.
 */
export type DraftKind = 'map' | 'tokens' | 'rows';

type DraftConfig = NonNullable<UNet2DConfig['draft']>;

/** Renders one frame at a time without the U-Net: the projections of the context, and the draft behind them. */
export class SingleFrameRenderer {
  private readonly kind: DraftKind;
  private readonly context: RendererContextConfig;
  private readonly config: DraftConfig;
  private readonly contexts: Networks;
  private readonly drafts: Networks;

  private constructor(
    kind: DraftKind,
    configs: { readonly context: RendererContextConfig; readonly draft: DraftConfig },
    sources: { readonly context: ModelSource; readonly unet: ModelSource },
  ) {
    this.kind = kind;
    this.context = configs.context;
    this.config = configs.draft;
    this.contexts = new Networks(sources.context);
    this.drafts = new Networks(sources.unet);
  }

  static async open(host: WorkerHost, preset: Preset, kind: DraftKind): Promise<SingleFrameRenderer> {
    const unet = readUNet2DConfig(await preset.config('unet'));
    if (!unet.draft) {
      throw new RangeError(
        `ablate: the U-Net of preset '${preset.name}' has no draft; give it draft_channels`,
      );
    }
    const context = parseConfig(rendererContextConfig, await preset.config('renderer'));
    const of = (model: Parameters<Preset['weights']>[0], prefix = ''): Promise<ModelSource> =>
      checkpointSource(host, preset.weightsIn(model), { prefix });
    // the tokenizer saves both in one file, the renderer each in a folder of its own
    const sources =
      kind === 'map'
        ? { context: await of('decoder', 'renderer'), unet: await of('decoder', 'unet') }
        : { context: await of('renderer'), unet: await of('unet') };
    return new SingleFrameRenderer(kind, { context, draft: unet.draft }, sources);
  }

  /**
   * Standardised latents [c, h, w].
   * @throws RangeError where the frame does not suit the context's config, see `feedsOf`
   */
  async draft(frame: ConditionedFrame): Promise<Float32Array> {
    const { kind, context: config, config: drafted } = this;
    const feeds = feedsOf([frame], config);
    const network = await this.contextNetwork();
    const { pooled, context } = await network.run(
      kind === 'map' ? { tokens: feeds.context.tokens as TensorData } : feeds.context,
    );
    const painter = await this.drafts.get(kind, (p) => {
      const own = p.at('draft');
      const seen = input('pooled', (pooled as TensorData).shape);
      if (!context) return { draft: draftMap(own, drafted, seen) };
      const { columns } = inputsOf(1, config).unet;
      return { draft: draft(own, drafted, seen, input('context', context.shape), columns) };
    });
    const result = await painter.run({
      pooled: pooled as TensorData,
      ...(context && { context, ...feeds.unet }),
    });
    return result.draft?.data as Float32Array;
  }

  async release(): Promise<void> {
    await this.contexts.release();
    await this.drafts.release();
  }

  private contextNetwork(): Promise<Network> {
    const { kind, context: config } = this;
    return this.contexts.get(kind, (p) => {
      const inputs = inputsOf(1, config).context;
      const pooled = pooledTokens(p, inputs.tokens, config);
      return kind === 'map' ? { pooled } : { pooled, context: rendererContext(p, inputs, config) };
    });
  }
}
