import { z } from 'zod';
import { ConfigError, parseConfig } from '../../base/index.ts';
import { drawRows, frameImage, type KeyframeSet, MirroredRows, type Side } from '../../corpus/index.ts';
import { createScheduler } from '../../diffusion/index.ts';
import { concatRows, f32, type ParameterInfo, rowsOf } from '../../graph/index.ts';
import { generationConfig, ModelLoader, Renderer, type RenderFrame } from '../../inference/index.ts';
import { contactSheet, type Image } from '../../media/index.ts';
import { feedsOf, rendererContextConfig } from '../../models/rendererContext/index.ts';
import { readUNet2DConfig, type UNet2DConfig } from '../../models/unet2d/index.ts';
import type { Preset } from '../../presets/index.ts';
import { Random } from '../../random/index.ts';
import { sentenceOwners } from '../../script/index.ts';
import { baseOf } from '../adapters/bases.ts';
import { copyModel, rendererBase } from '../adapters/decoder.ts';
import { adaptedUNet } from '../adapters/models.ts';
import { loraSettings } from '../adapters/settings.ts';
import { generatedTokens, type TokensOfShot } from '../data/generatedTokens.ts';
import { peopleWeights, type Region } from '../data/regions.ts';
import { frameOf, type SequenceSource } from '../data/sequences.ts';
import { latentFeatures } from '../data/theatreFeatures.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { rendererGraph } from '../graphs/renderer.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  dataSettingsOf,
  keyframesOf,
  needsPeople,
  needsWeights,
  plannedLatents,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveModels,
  settingsOf,
  unseenFrom,
} from '../stage.ts';
import type { SavedModel } from '../task.ts';
import { checkpointWeights, type Weights } from '../weights.ts';
import { denoisingFeeds, noiseSettings } from './denoising.ts';

const own = {
  ...noiseSettings,
  /** Whether sentences and faces are given beside the tokens; without them this is the ablation of figure 3. */
  identityRows: z.boolean(),
  /** Probability with which a picture is mirrored, and its people named in the reversed order. */
  flip: z.number().min(0).max(1).default(0),
  /**
   * Largest share of a true token's variance that is noise, drawn uniformly for each picture: conditioning augmentation (Ho
   * et al., 2022). At inference the tokens come from the autoregressor and are noisy. A renderer trained only on exact tokens
   * would trust them fully and learn to ignore the sentence and face inputs.
   */
  tokenNoise: z.number().min(0).max(1).default(0),
  /**
   * Steps at the start in which only the context's projections and the U-Net's draft are trained, on the people-weighted
   * squared error of the draft; afterwards they are frozen and the rest is trained.
   */
  draftSteps: z.number().int().nonnegative().default(0),
  /** Samples in each batch of those steps, by default batchSize. */
  draftBatch: z.number().int().positive().optional(),
  /**
   * Probability of conditioning on tokens that the autoregressor generated for the shot instead of its picture's tokens. They are
   * generated for the episodes that the autoregressor was not trained on, where there are some (`train.unseen` of data.json).
   */
  generatedTokens: z.number().min(0).max(1).default(0),
  /** Weight of a squared error where people are, relative to 1 elsewhere. */
  peopleWeight: z.number().min(1).default(1),
  /** Trains adapters of the frozen U-Net and the projections of its context. */
  lora: loraSettings,
};

/** The stage's settings, configs and networks, without its data. */
async function networksOf(context: StageContext, findBase: typeof rendererBase) {
  const { preset } = context;
  const settings = await settingsOf(preset, 'renderer', own);
  const unetJson = await preset.config('unet');
  const configs = {
    unet: readUNet2DConfig(unetJson),
    context: parseConfig(rendererContextConfig, await preset.config('renderer')),
  };
  await checkSize(preset, configs.unet);
  const base = settings.lora ? await findBase(context, settings.lora) : undefined;
  const adapted =
    settings.lora && base ? await adaptedUNet('renderer', settings.lora, unetJson, base) : undefined;
  const { parameters: all, ...graph } = rendererGraph(
    configs,
    settings,
    await plannedLatents(preset),
    parametersOptions(settings, adapted),
    `preset '${preset.name}', training/renderer.json`,
  );
  const parameters = adapted ? adapted.trained(all) : [...all];
  const frozen = adapted ? { frozen: adapted.frozen(parameters) } : {};
  return {
    ...{ configs, unetJson, base, adapted },
    task: { name: 'renderer', settings, parameters, ...frozen, ...graph },
  };
}

/** A draft is made for one size: then what is learned from frames of another one than `generate` makes would be of no use. */
async function checkSize(preset: Preset, unet: UNet2DConfig): Promise<void> {
  const { width, height } = await generationConfig(preset, 'renderer');
  const data = await dataSettingsOf(preset);
  if (!unet.draft || (width === data.width && height === data.height)) return;
  throw new ConfigError(
    `preset '${preset.name}': renderer/generation_config.json asks for keyframes of ${width}x${height}, but the U-Net's draft ` +
      `(draft_channels) is trained on frames of ${data.width}x${data.height} (training/data.json): give both the same size`,
  );
}

/** As if nothing had been trained before: then it adapts the preset's own U-Net. */
export const planRenderer: StagePlanner = async (context) =>
  (await networksOf(context, () => baseOf(context, 'renderer', 'unet'))).task;

/**
 * The ID-preserving renderer (paper 3.3, stage 3 of appendix A): the tokenizer's decoder goes on learning with
 * description sentences and faces as further rows of its context, each row masked with probability 0.2. The
 * compressor stays as it is, so its tokens are computed once.
 */
export const rendererStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  const { generatedTokens: share } = await settingsOf(preset, 'renderer', own);
  await needsWeights(context, 'renderer', [
    ...(['vae', 'clip', 'text', 'face', 'compressor'] as const),
    ...(context.from === undefined ? (['decoder'] as const) : []),
    ...(share > 0 ? (['autoregressor'] as const) : []),
  ]);
  const { configs, unetJson, base, adapted, task } = await networksOf(context, rendererBase);
  const { settings, parameters } = task;
  const { unet, context: config } = configs;
  const schedulerConfig = await preset.config('scheduler', 'scheduler_config.json');
  const scheduler = createScheduler(schedulerConfig);

  const set = await keyframesOf(context, 'train');
  const held = await keyframesOf(context, 'validation');
  needsPeople(set, 'renderer', context);
  const latents = new MirroredRows(
    await latentFeatures(context, set),
    settings.flip > 0 ? await latentFeatures(context, set, true) : undefined,
  );
  const sources = await sequenceSources(context, set, { mirrored: settings.flip > 0 });
  const shots = shotsByRow(set, sources);
  const isGenerating = settings.generatedTokens > 0;
  const first = await unseenFrom(context);
  const generated = isGenerating
    ? await generatedTokens(context, set, sources, { mirrored: settings.flip > 0, first })
    : undefined;
  const unseen = set.episodes.slice(first).flatMap((e) => e.frames);
  const inUnseen = (side: Side, random: Random): Side => ({ ...side, row: random.pick(unseen).row });
  const records = set.episodes.flatMap((e) => e.frames).sort((a, b) => a.row - b.row);
  const regions = (sides: readonly Side[]): Region[] =>
    sides.flatMap(({ row, mirrored }, image) =>
      (records[row]?.faces ?? []).map(({ box }) => ({ image, box, mirrored })),
    );
  const heldSources = await sequenceSources(context, held);
  const heldShots = shotsByRow(held, heldSources);
  const heldGenerated = isGenerating ? await generatedTokens(context, held, heldSources) : undefined;
  const { batchSize: n, samples = 8 } = settings;
  const { width, height } = set.options;

  const { draftSteps, draftBatch = n } = settings;
  const weighsPeople = settings.peopleWeight > 1;
  const [, h = 0, w = 0] = latents.shape;

  const models: SavedModel[] = [
    {
      folder: preset.weights('unet'),
      file: 'diffusion_pytorch_model.safetensors',
      prefix: 'unet',
      config: unetJson,
      ...(adapted ? { adapter: adapted.saved } : {}),
    },
    { folder: preset.weights('renderer'), file: 'model.safetensors', prefix: 'renderer' },
  ];
  return {
    ...task,
    ...(context.from === undefined
      ? { initial: await decoderWeights(preset.weightsIn('decoder'), parameters) }
      : {}),
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'renderer', 'batch', step);
      const drafts = step < draftSteps * (settings.accumulate ?? 1);
      const count = drafts ? draftBatch : n;
      const drawn = drawRows(set, count, settings.flip, random);
      const said = drawn.map(() => (random.chance(settings.generatedTokens) ? generated : undefined));
      // what the autoregressor says is there of some episodes only, the last ones
      const chosen = first > 0 ? drawn.map((side, i) => (said[i] ? inUnseen(side, random) : side)) : drawn;
      const frames = chosen.map((side, i) =>
        conditionsOf(shots, side, { ...settings, said: said[i] }, random),
      );
      const given =
        settings.tokenNoise > 0
          ? frames.map((frame, i) => (said[i] ? frame : disturbed(frame, settings.tokenNoise, random)))
          : frames;
      const { context, unet } = feedsOf(given, config, random);
      const grid = { width: w, height: h };
      const people = (): Float32Array =>
        peopleWeights(regions(chosen), set.options, count, grid, settings.peopleWeight);
      const conditions = {
        ...context,
        ...unet,
        ...(weighsPeople && { people: f32(people(), [count, 1, h, w]) }),
      };
      const clean = latents.batch(chosen);
      const shape = [count, ...latents.shape];
      if (drafts) return { ...conditions, clean: f32(clean, shape) };
      return {
        ...conditions,
        ...denoisingFeeds(clean, shape, scheduler, settings, random, { width, height }),
      };
    },
    sample:
      samples === 0
        ? undefined
        : async (source) => {
            const codec = await new ModelLoader(preset, context.host).imageCodec();
            const renderer = new Renderer(
              { context: source('renderer'), unet: source('unet') },
              { context: config, unet, scheduler: schedulerConfig },
              codec,
            );
            const { steps } = await generationConfig(preset, 'renderer');
            const sheet: Image[] = [];
            for (let i = 0; i < samples; i++) {
              const row = Math.floor(((i + 0.5) * held.count) / samples);
              sheet.push(await frameImage(held, row));
              for (const said of heldGenerated ? [undefined, heldGenerated] : [undefined]) {
                const random = Random.of(seed, 'renderer', 'sample', i);
                const frame = conditionsOf(
                  heldShots,
                  { row, mirrored: false },
                  { ...settings, said },
                  random,
                );
                sheet.push(...(await renderer.render([frame], { width, height, steps })));
              }
            }
            for (const part of [renderer, codec]) await part.release();
            return contactSheet(sheet, { columns: heldGenerated ? 6 : 4 });
          },
    models,
    async save(weights) {
      await saveModels(models, parameters, weights);
      // nobody else has the model that the adapters are for
      if (base?.prefix) await copyModel(base.paths, base.prefix, preset.weights('unet'), unetJson);
    },
  };
};

interface ShotOf {
  readonly episode: number;
  readonly source: SequenceSource;
  readonly shot: number;
}

function shotsByRow(set: KeyframeSet, sources: readonly SequenceSource[]): ShotOf[] {
  const list: ShotOf[] = [];
  set.episodes.forEach((episode, i) => {
    for (const { row, shot } of episode.frames)
      list[row] = { episode: i, source: sources[i] as SequenceSource, shot };
  });
  return list;
}

/**
 * A frame's tokens, or those that the autoregressor said, with sentences and faces as `generate` has them; faces come
 * from any picture of the person.
 */
function conditionsOf(
  shots: readonly ShotOf[],
  { row, mirrored }: Side,
  { identityRows, said }: { readonly identityRows: boolean; readonly said: TokensOfShot | undefined },
  random: Random,
): RenderFrame {
  const { episode, source, shot } = shots[row] as ShotOf;
  const frame = frameOf(source, shot, mirrored, { randomFaces: true }, random);
  const { layout, sentences, faces } = frame;
  const tokens = said ? said(episode, shot, mirrored) : frame.tokens;
  return identityRows
    ? { tokens, sentences, faces, owners: sentenceOwners(layout), random }
    : { tokens, sentences: [], faces: [], random };
}

/** Mixes noise into a picture's tokens, whose values have variance 1, and keeps that variance. */
function disturbed(frame: RenderFrame, most: number, random: Random): RenderFrame {
  const share = most * random.uniform();
  const tokens = concatRows(frame.tokens);
  random.normals(tokens.length).forEach((noise, i) => {
    tokens[i] = Math.sqrt(1 - share) * (tokens[i] as number) + Math.sqrt(share) * noise;
  });
  const shape = [frame.tokens.length, tokens.length / frame.tokens.length];
  return { ...frame, tokens: rowsOf(f32(tokens, shape)) };
}

/** The weights of the tokenizer's decoder: those that are trained on. */
function decoderWeights(folder: string, trained: readonly ParameterInfo[]): Promise<Weights> {
  return checkpointWeights(folder, new Map(trained.map(({ name }) => [name, name])));
}
