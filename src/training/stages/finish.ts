import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type FrameSet, PaintedFrames } from '../../corpus/index.ts';
import { f32, type TensorData } from '../../graph/index.ts';
import {
  downsampling,
  ImageCodec,
  ModelLoader,
  readImageCodecConfig,
  scaleOf,
} from '../../inference/index.ts';
import { Random } from '../../random/index.ts';
import { DecoderSquares, stacked } from '../data/decoderSquares.ts';
import { checkWindow, type WindowSizes } from '../data/decoderWindows.ts';
import { generatedTokens } from '../data/generatedTokens.ts';
import { renderedLatents } from '../data/renderedLatents.ts';
import { latentFeatures } from '../data/theatreFeatures.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { discriminatorPrefix, finishGraph, sides } from '../graphs/finish.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  copyBeside,
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
import type { PlannedTask, SavedModel, TrainingTask } from '../task.ts';
import { layered } from '../weights.ts';
import { decoderFigures, decoderSheet, type LatentRows, type LatentSets } from './finishFigures.ts';
import { storedVae } from './finishStart.ts';

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
  const scale = scaleOf(config);
  const sizes: WindowSizes = { window, seen, margin: settings.margin, cell: downsampling(config) * scale };
  const { width, height } = await frameSizeOf(preset);
  checkWindow(where, sizes, { width: width * scale, height: height * scale });
  const { parameters, loss, metrics } = finishGraph(config, settings, parametersOptions(settings));
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
  return { settings, sizes, task };
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
  const { settings, sizes, task } = await networksOf(context);
  const { generatedShare, tokensShare, batchSize: n, heldFrames } = settings;
  await needsWeights(context, 'finish', [
    ...(['vae'] as const),
    ...(generatedShare + tokensShare > 0
      ? (['clip', 'face', 'compressor', 'unet', 'renderer'] as const)
      : []),
    ...(generatedShare > 0 ? (['autoregressor'] as const) : []),
  ]);
  const { config } = await new ModelLoader(preset, context.host).imageCodec();
  const set = await framesOf(context, 'train', settings.data);
  const held = await framesOf(context, 'validation');
  const wanted = { generated: generatedShare > 0, tokens: tokensShare > 0 };
  const latents = await latentSets(context, set, wanted);
  const heldLatents = await latentSets(context, held, wanted);
  const heldRows = spread(heldFrames, held.count);
  const decoder = task.parameters.filter(({ name }) => !task.groups.some((g) => g.owns(name)));
  const { weights: stored, encoder, before } = await storedVae(context, config, decoder);
  const saved: SavedModel[] = [
    {
      folder: preset.weights('vae'),
      file: 'diffusion_pytorch_model.safetensors',
      prefix: '',
      except: discriminatorPrefix,
    },
  ];
  const scale = scaleOf(config);
  const squares = new DecoderSquares(new PaintedFrames(set, scale), config, sizes);
  const shownFrames = new PaintedFrames(held, scale);
  /** Measures, or shows, the decoder in training. */
  const withDecoder = async <T>(source: Source, use: (codec: ImageCodec) => Promise<T>): Promise<T> => {
    const codec = new ImageCodec(source(''), config);
    return use(codec).finally(() => codec.release());
  };
  const figures = (codec: ImageCodec): Promise<Record<string, number>> =>
    decoderFigures(codec, shownFrames, heldLatents, heldRows);
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
        const given = (latents[kind] as LatentRows).batch([row]);
        all.push(await squares.draw(row, given, settings.faces, random));
      }
      return { ...stacked(all), fade: f32([fade], [1]) };
    },
    validate: (source) => withDecoder(source, figures),
    sample:
      settings.samples === 0
        ? undefined
        : (source) =>
            withDecoder(source, (codec) => {
              const shown = spread(settings.samples ?? 6, held.count);
              return decoderSheet([before, codec], shownFrames, heldLatents, shown);
            }),
    models: saved,
    async save(weights, source) {
      const after = await withDecoder(source, figures);
      const known = await readEvaluation(preset.weights('vae'));
      // saved a second time, it would be compared with itself
      if (!isDeepStrictEqual(known?.after, after)) {
        const evaluation = { frames: heldRows.length, before: await figures(before), after };
        await saveJson(preset.weights('vae'), 'evaluation.json', evaluation);
      }
      await before.release();
      await saveModels(saved, [...encoder, ...task.parameters], layered(stored, weights));
      await copyBeside(preset, 'vae', ['latents.json']);
    },
  };
};

type Source = Parameters<NonNullable<TrainingTask['validate']>>[0];

async function readEvaluation(folder: string): Promise<{ readonly after?: unknown } | undefined> {
  const text = await readFile(join(folder, 'evaluation.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { readonly after?: unknown });
}

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

/** `n` rows of `count`, evenly. */
function spread(n: number, count: number): number[] {
  return [...new Set(Array.from({ length: n }, (_, i) => Math.floor(((i + 0.5) * count) / n)))];
}
