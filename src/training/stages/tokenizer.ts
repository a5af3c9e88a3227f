import { z } from 'zod';
import { parseConfig } from '../../base/index.ts';
import { drawRows, frameImage, MirroredRows } from '../../corpus/index.ts';
import { createScheduler } from '../../diffusion/index.ts';
import { f32, rowsOf } from '../../graph/index.ts';
import { ModelLoader, Renderer, Tokenizer } from '../../inference/index.ts';
import { contactSheet, type Image } from '../../media/index.ts';
import { compressorConfig } from '../../models/compressor/index.ts';
import { rendererContextConfig } from '../../models/rendererContext/index.ts';
import { readUNet2DConfig } from '../../models/unet2d/index.ts';
import { Random } from '../../random/index.ts';
import { baseOf } from '../adapters/bases.ts';
import { saveDecoderBase } from '../adapters/decoder.ts';
import { adaptedUNet } from '../adapters/models.ts';
import { loraSettings } from '../adapters/settings.ts';
import { latentFeatures } from '../data/theatreFeatures.ts';
import { spatialFeatures } from '../data/tokenFeatures.ts';
import { tokenizerGraph } from '../graphs/tokenizer.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  keyframesOf,
  needsWeights,
  plannedLatents,
  publishedValues,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveModels,
  settingsOf,
} from '../stage.ts';
import type { SavedModel } from '../task.ts';
import { denoisingFeeds, noiseSettings } from './denoising.ts';

const own = {
  ...noiseSettings,
  /**
   * Steps at the start in which only the compressor and the U-Net's draft learn, by the squared error of the draft
   * itself as clean latents: a tenth of a step's cost, and the tokens hold what a picture shows before the U-Net is trained on them.
   */
  draftSteps: z.number().int().nonnegative(),
  /** Samples in each batch of those steps, by default batchSize: they are so cheap that the optimizer would cost more. */
  draftBatch: z.number().int().positive().optional(),
  /** Probability with which a picture is mirrored. */
  flip: z.number().min(0).max(1).default(0),
  /** Steps after them in which the compressor learns alone (paper, appendix A: the first 20k of 120k). */
  freezeDecoderSteps: z.number().int().nonnegative(),
  /** Trains adapters of the U-Net, which stays as it is, beside the compressor and the projection of its tokens. */
  lora: loraSettings,
};

/** The stage's settings, configs and networks, without its data. */
async function networksOf(context: StageContext) {
  const { preset } = context;
  const settings = await settingsOf(preset, 'tokenizer', own);
  const unetJson = await preset.config('unet');
  const configs = {
    compressor: parseConfig(compressorConfig, await preset.config('compressor')),
    unet: readUNet2DConfig(unetJson),
    context: parseConfig(rendererContextConfig, await preset.config('renderer')),
  };
  const base = settings.lora ? await baseOf(context, 'tokenizer', 'unet') : undefined;
  const adapted =
    settings.lora && base ? await adaptedUNet('tokenizer', settings.lora, unetJson, base) : undefined;
  const { parameters: all, ...graph } = tokenizerGraph(
    configs,
    settings,
    await plannedLatents(preset),
    parametersOptions(settings, adapted),
    `preset '${preset.name}', training/tokenizer.json`,
  );
  const parameters = adapted ? adapted.trained(all) : [...all];
  const frozen = adapted ? { frozen: adapted.frozen(parameters) } : {};
  return { configs, base, task: { name: 'tokenizer', settings, parameters, ...frozen, ...graph } };
}

export const planTokenizer: StagePlanner = async (context) => (await networksOf(context)).task;

/**
 * The diffusion autoencoder (paper 3.2, stages 1 and 2 of appendix A): pictures to two tokens and back. CLIP stays as
 * it is; the compressor and the U-Net learn together, after some steps in which only the compressor does.
 */
export const tokenizerStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  await needsWeights(context, 'tokenizer', ['vae', 'clip']);
  const { configs, base, task } = await networksOf(context);
  const { settings, parameters } = task;
  const { compressor: config, unet } = configs;
  const schedulerConfig = await preset.config('scheduler', 'scheduler_config.json');
  const scheduler = createScheduler(schedulerConfig);
  const set = await keyframesOf(context, 'train');
  const held = await keyframesOf(context, 'validation');
  const latents = new MirroredRows(
    await latentFeatures(context, set),
    settings.flip > 0 ? await latentFeatures(context, set, true) : undefined,
  );
  const spatial = new MirroredRows(
    await spatialFeatures(context, set),
    settings.flip > 0 ? await spatialFeatures(context, set, true) : undefined,
  );
  const heldSpatial = await spatialFeatures(context, held);
  const { batchSize: n, samples = 8 } = settings;
  const { width, height } = set.options;

  const { draftSteps, draftBatch = n } = settings;
  const cleanShape = [draftBatch, ...latents.shape];

  const models: SavedModel[] = [
    { folder: preset.weights('compressor'), file: 'model.safetensors', prefix: 'compressor' },
    // what the renderer's training starts from; `generate` does not need it
    {
      ...{ folder: preset.weights('decoder'), file: 'model.safetensors', prefix: '', except: 'compressor' },
      instead: [
        { model: 'unet', prefix: 'unet' },
        { model: 'renderer', prefix: 'renderer' },
      ],
    },
  ];
  return {
    ...task,
    ...(settings.lora ? {} : { initial: await publishedValues(preset, 'unet', 'unet.', parameters) }),
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'tokenizer', 'batch', step);
      const isDraft = step < draftSteps * (settings.accumulate ?? 1);
      const sides = drawRows(set, isDraft ? draftBatch : n, settings.flip, random);
      const shown = { spatial: f32(spatial.batch(sides), [sides.length, config.tokens, config.inputDim]) };
      if (isDraft) return { ...shown, clean: f32(latents.batch(sides), cleanShape) };
      return {
        ...shown,
        ...denoisingFeeds(latents.batch(sides), [n, ...latents.shape], scheduler, settings, random, {
          width: width,
          height: height,
        }),
      };
    },
    sample:
      samples === 0
        ? undefined
        : async (source) => {
            const codec = await new ModelLoader(preset, context.host).imageCodec();
            const tokenizer = new Tokenizer(source('compressor'), config);
            const plain = {
              context: { ...configs.context, sentences: 0, faces: 0, places: false, columns: 0 },
              unet,
              scheduler: schedulerConfig,
            };
            const renderer = new Renderer(
              { context: source('renderer'), unet: source('unet') },
              plain,
              codec,
            );
            const sheet: Image[] = [];
            for (let i = 0; i < samples; i++) {
              const row = Math.floor(((i + 0.5) * held.count) / samples);
              const all = rowsOf(
                await tokenizer.encode(f32(heldSpatial.batch([row]), [1, config.tokens, config.inputDim])),
              );
              const frame = {
                tokens: all,
                sentences: [],
                faces: [],
                random: Random.of(seed, 'tokenizer', 'sample', i),
              };
              sheet.push(
                await frameImage(held, row),
                ...(await renderer.render([frame], { width, height, steps: 20 })),
              );
            }
            for (const part of [renderer, tokenizer, codec]) await part.release();
            return contactSheet(sheet, { columns: 4 });
          },
    models,
    async save(weights) {
      await saveModels(models, parameters, weights);
      await saveDecoderBase(preset.weights('decoder'), base, settings.lora);
    },
  };
};
