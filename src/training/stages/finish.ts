import { z } from 'zod';
import { type FrameRecord, type FrameSet, frameImage } from '../../corpus/index.ts';
import { f32, input, type ParameterInfo, Parameters, type TensorData } from '../../graph/index.ts';
import {
  downsampling,
  encodeImage,
  ImageCodec,
  type ImageCodecConfig,
  Models,
  readImageCodecConfig,
  restore,
} from '../../inference/index.ts';
import { contactSheet, type Image, toTensor } from '../../media/index.ts';
import { checkpointSource, type ModelSource } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import {
  checkWindow,
  cut,
  drawWindow,
  pick,
  pickColumns,
  shuffled,
  type WindowSizes,
  windowWeights,
} from '../data/decoderWindows.ts';
import { generatedTokens } from '../data/generatedTokens.ts';
import { renderedLatents } from '../data/renderedLatents.ts';
import { latentFeatures } from '../data/theatreFeatures.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { discriminatorPrefix, finishGraph, sides } from '../graphs/finish.ts';
import {
  dataPart,
  frameSizeOf,
  framesOf,
  needsWeights,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveJson,
  saveModels,
  settingsOf,
} from '../stage.ts';
import type { PlannedTask, SavedModel } from '../task.ts';
import { checkpointWeights, layered, type Weights } from '../weights.ts';
import { decoderFigures, type LatentKind, type LatentSets, paint } from './finishFigures.ts';

const share = z.number().min(0).max(1);
const own = {
  /** Episodes of its own, which neither VAE nor autoregressor has learned from, in place of those of `data.json`. */
  data: dataPart.optional(),
  /** Side of the squares that are compared with the truth, and what is decoded beyond on each side, in pixels. */
  crop: z.number().int().positive(),
  margin: z.number().int().nonnegative(),
  /** Share of squares that are put around a face. */
  faces: share,
  /** Shares of latents that are rendered from the autoregressor's tokens and from true ones; the others are encoded frames. */
  generatedShare: share,
  tokensShare: share,
  squareWeight: z.number().nonnegative(),
  edgeWeight: z.number().nonnegative(),
  featureWeight: z.number().nonnegative(),
  adversarialWeight: z.number().nonnegative(),
  /** Steps over which feature matching and the adversarial term grow to their weights. */
  fadeSteps: z.number().int().nonnegative(),
  /** Channels of the discriminator's layers, each of which halves the picture, and its learning rate. */
  discriminator: z.array(z.number().int().positive()).min(1),
  discriminatorRate: z.number().positive(),
  /** Held-out frames that figures are measured on. */
  heldFrames: z.number().int().positive().default(24),
};

/** The stage's settings, configs and networks, without its data. */
async function networksOf({ preset }: Pick<StageContext, 'preset'>) {
  const settings = await settingsOf(preset, 'finish', own);
  const where = `preset '${preset.name}', training/finish.json`;
  if (settings.generatedShare + settings.tokensShare > 1)
    throw new RangeError(`${where}: generatedShare and tokensShare are together more than 1`);
  const config = readImageCodecConfig(await preset.config('vae'));
  const { window, seen } = sides(settings);
  const sizes: WindowSizes = { window, seen, margin: settings.margin, cell: downsampling(config) };
  checkWindow(where, sizes, await frameSizeOf(preset));
  const { parameters, loss, metrics } = finishGraph(config, settings);
  const ofDiscriminator = (name: string): boolean => name.startsWith(`${discriminatorPrefix}.`);
  const { peak, final = 0 } = settings.learningRate;
  const rate = settings.discriminatorRate;
  const task = {
    ...{ name: 'finish', settings, parameters: [...parameters], loss, metrics },
    groups: [
      {
        name: discriminatorPrefix,
        owns: ofDiscriminator,
        learningRate: { ...settings.learningRate, peak: rate, final: (final * rate) / peak },
      },
    ],
  };
  return { settings, config, sizes, task };
}

export const planFinish: StagePlanner = async (context): Promise<PlannedTask> =>
  (await networksOf(context)).task;

/**
 * Finishes the VAE's decoder on the latents that it will be given: mostly those that the renderer paints, which are means
 * and hence soft. Beside the errors to the true frame it learns from a discriminator (Goodfellow et al., 2014) that is trained
 * along and thrown away: errors alone blur further. The encoder stays as it is, and with it all that was learned from
 * its latents.
 */
export const finishStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  const { settings, config: raw, sizes, task } = await networksOf(context);
  const { generatedShare, tokensShare, batchSize: n, heldFrames } = settings;
  await needsWeights(context, 'finish', [
    ...(['vae'] as const),
    ...(generatedShare + tokensShare > 0
      ? (['clip', 'face', 'compressor', 'unet', 'renderer'] as const)
      : []),
    ...(generatedShare > 0 ? (['autoregressor'] as const) : []),
  ]);
  const { config } = await new Models(preset, context.host).imageCodec();
  const set = await framesOf(context, 'train', settings.data);
  const held = await framesOf(context, 'validation');
  const wanted = { generated: generatedShare > 0, tokens: tokensShare > 0 };
  const latents = await latentSets(context, set, wanted);
  const heldLatents = await latentSets(context, held, wanted);
  const heldRows = spread(heldFrames, held.count);
  const records = set.episodes.flatMap((e) => e.frames).sort((a, b) => a.row - b.row);

  const encoder = encoderParameters(raw);
  const decoder = task.parameters.filter(({ name }) => !task.groups.some((g) => g.owns(name)));
  const stored = await checkpointWeights(preset.layers('vae'), named([...encoder, ...decoder]));
  const before = await storedDecoder(context, config, stored);
  const saved: SavedModel[] = [
    {
      folder: preset.weights('vae'),
      file: 'diffusion_pytorch_model.safetensors',
      prefix: '',
      except: discriminatorPrefix,
    },
  ];
  const squares = new Squares(set, config, sizes);
  return {
    ...task,
    initial: stored,
    batchSize: n,
    async batch(index) {
      const random = Random.of(seed, 'finish', 'batch', index);
      const step = Math.floor(index / (settings.accumulate ?? 1));
      const chosen = Array.from({ length: n }, () => {
        const at = random.uniform();
        const kind = at < generatedShare ? 'generated' : at < generatedShare + tokensShare ? 'tokens' : 'vae';
        return { row: random.int(set.count), kind } as const;
      });
      const fade = settings.fadeSteps === 0 ? 1 : Math.min(1, step / settings.fadeSteps);
      const all: Record<string, TensorData>[] = [];
      for (const { row, kind } of chosen) {
        const given = latents[kind] as NonNullable<LatentSets[LatentKind]>;
        all.push(await squares.draw(records[row] as FrameRecord, given.batch([row]), settings.faces, random));
      }
      return { ...stacked(all), fade: f32([fade], [1]) };
    },
    async validate(source) {
      const codec = new ImageCodec(source(''), config);
      const figures = await decoderFigures(codec, held, heldLatents, heldRows);
      await codec.release();
      return figures;
    },
    sample:
      settings.samples === 0 ? undefined : (source) => sheet(source, before, held, heldLatents, settings),
    models: saved,
    async save(weights, source) {
      const codec = new ImageCodec(source(''), config);
      const figures = {
        frames: heldRows.length,
        before: await decoderFigures(before, held, heldLatents, heldRows),
        after: await decoderFigures(codec, held, heldLatents, heldRows),
      };
      await codec.release();
      await before.release();
      await saveModels(saved, [...encoder, ...task.parameters], layered(stored, weights));
      await saveJson(preset.weights('vae'), 'evaluation.json', figures);
    },
  };
};

/** The latents of a set's frames. */
async function latentSets(
  context: StageContext,
  set: FrameSet,
  wanted: { readonly generated: boolean; readonly tokens: boolean },
): Promise<LatentSets> {
  const vae = await latentFeatures(context, set);
  if (!wanted.generated && !wanted.tokens) return { vae };
  const sources = await sequenceSources(context, set);
  return {
    vae,
    ...(wanted.tokens ? { tokens: await renderedLatents(context, set, sources) } : {}),
    ...(wanted.generated
      ? {
          generated: await renderedLatents(
            context,
            set,
            sources,
            await generatedTokens(context, set, sources),
          ),
        }
      : {}),
  };
}

/** Makes what the graph is fed of one square. */
class Squares {
  private readonly set: FrameSet;
  private readonly config: ImageCodecConfig;
  private readonly sizes: WindowSizes;

  constructor(set: FrameSet, config: ImageCodecConfig, sizes: WindowSizes) {
    this.set = set;
    this.config = config;
    this.sizes = sizes;
  }

  /** @param given the frame's standardised latents */
  async draw(
    record: FrameRecord,
    given: Float32Array,
    faces: number,
    random: Random,
  ): Promise<Record<string, TensorData>> {
    const { options } = this.set;
    const { window, seen, cell } = this.sizes;
    const at = drawWindow(record, options, this.sizes, faces, random);
    const { latentPatch, space } = this.config;
    const grid = { width: options.width / cell, height: options.height / cell };
    const raw = shuffled(
      restore(given, 1, space),
      grid.height / latentPatch,
      grid.width / latentPatch,
      latentPatch,
    );
    const truth = toTensor(await frameImage(this.set, record.row)).data as Float32Array;
    const side = window / cell;
    return {
      latents: f32(cut(raw, grid, at.x / cell, at.y / cell, side), [
        1,
        raw.length / (grid.width * grid.height),
        side,
        side,
      ]),
      image: f32(cut(truth, options, at.x, at.y, window), [1, 3, window, window]),
      weights: f32(windowWeights(at, this.sizes, options), [1, 1, window, window]),
      rows: f32(pick(at.seenY, seen, window), [1, 1, seen, window]),
      columns: f32(pickColumns(at.seenX, seen, window), [1, 1, window, seen]),
    };
  }
}

/** Samples one after the other along the first axis. */
function stacked(samples: readonly Record<string, TensorData>[]): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(samples[0] ?? {}).map(([name, { shape, data: first }]) => {
      const size = first.length;
      const all = new Float32Array(size * samples.length);
      samples.forEach((sample, i) => {
        all.set(sample[name]?.data as Float32Array, i * size);
      });
      return [name, f32(all, [samples.length, ...shape.slice(1)])];
    }),
  );
}

/** Held-out frames: as drawn, then for each kind of latents as painted before and now. */
async function sheet(
  source: (prefix: string) => ModelSource,
  before: ImageCodec,
  held: FrameSet,
  latents: LatentSets,
  { samples = 6 }: { readonly samples?: number | undefined },
): Promise<Image> {
  const codec = new ImageCodec(source(''), before.config);
  const shown = (['vae', 'generated', 'tokens'] as const).filter((kind) => latents[kind]).slice(0, 2);
  const images: Image[] = [];
  for (const row of spread(samples, held.count)) {
    images.push(await frameImage(held, row));
    for (const kind of shown)
      for (const by of [before, codec])
        images.push(await paint(by, held, latents[kind] as NonNullable<LatentSets[LatentKind]>, row));
  }
  await codec.release();
  return contactSheet(images, { columns: 1 + 2 * shown.length });
}

/** `n` rows of `count`, evenly. */
function spread(n: number, count: number): number[] {
  return [...new Set(Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * count) / n)))];
}

/** The decoder that the run starts from, without a tail where its weights have none yet. */
async function storedDecoder(
  { preset, host }: StageContext,
  config: ImageCodecConfig,
  stored: Weights,
): Promise<ImageCodec> {
  const hasTail = [...stored.names].some((name) => name.startsWith('decoder.tail.'));
  const source = await checkpointSource(host, preset.layers('vae'));
  return new ImageCodec(source, hasTail ? config : { ...config, tailChannels: 0 });
}

/** What of a VAE is not trained here, and goes into its file as it was. */
function encoderParameters(config: ImageCodecConfig): ParameterInfo[] {
  const parameters = new Parameters();
  const side = 2 * downsampling(config);
  encodeImage(parameters.scope(), config, input('image', [1, 3, side, side]));
  return [...parameters];
}

const named = (parameters: readonly ParameterInfo[]): Map<string, string> =>
  new Map(parameters.map(({ name }) => [name, name]));
