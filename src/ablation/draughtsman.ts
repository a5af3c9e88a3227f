import { parseConfig } from '../base/index.ts';
import { f32, input, type TensorData } from '../graph/index.ts';
import { Networks } from '../inference/index.ts';
import {
  contextRows,
  type FrameConditions,
  packContext,
  placeWidth,
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

/** Makes drafts: the projections of the context, and the U-Net's draft behind them. */
export class Draughtsman {
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

  static async open(host: WorkerHost, preset: Preset, kind: DraftKind): Promise<Draughtsman> {
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
    return new Draughtsman(kind, { context, draft: unet.draft }, sources);
  }

  /** Standardised latents [c, h, w]. */
  async draft(tokens: readonly Float32Array[], conditions: FrameConditions): Promise<Float32Array> {
    const { kind, context: config, config: drafted } = this;
    const shape = [1, config.tokens, config.tokenDim];
    const fed = f32(Float32Array.from(tokens.flatMap((t) => [...t])), shape);
    const packed = packContext([conditions], config);
    const network = await this.contextNetwork(packed.sentences, packed.faces);
    const { pooled, context } = await network.run(
      kind === 'map'
        ? { tokens: fed }
        : {
            tokens: fed,
            rows: packed.rows,
            ...(config.sentences > 0 ? { sentences: packed.sentences } : {}),
            ...(config.faces > 0 ? { faces: packed.faces } : {}),
            ...(packed.places ? { places: packed.places } : {}),
          },
    );
    const painter = await this.drafts.get(kind, (p) => {
      const own = p.at('draft');
      const seen = input('pooled', (pooled as TensorData).shape);
      if (!context) return { draft: draftMap(own, drafted, seen) };
      const columns = packed.columns && input('columns', packed.columns.shape);
      return { draft: draft(own, drafted, seen, input('context', context.shape), columns) };
    });
    const result = await painter.run({
      pooled: pooled as TensorData,
      ...(context ? { context } : {}),
      ...(context && packed.columns ? { columns: packed.columns } : {}),
    });
    return result.draft?.data as Float32Array;
  }

  async release(): Promise<void> {
    await this.contexts.release();
    await this.drafts.release();
  }

  private contextNetwork(sentences: TensorData, faces: TensorData): Promise<Network> {
    const { kind, context: config } = this;
    return this.contexts.get(kind, (p) => {
      const tokens = input('tokens', [1, config.tokens, config.tokenDim]);
      const pooled = pooledTokens(p, tokens, config);
      if (kind === 'map') return { pooled };
      const rows = contextRows(config);
      const inputs = {
        tokens,
        sentences: input('sentences', sentences.shape),
        faces: input('faces', faces.shape),
        rows: input('rows', [1, rows]),
        ...(config.places ? { places: input('places', [1, rows, placeWidth(config)]) } : {}),
      };
      return { pooled, context: rendererContext(p, inputs, config) };
    });
  }
}
