import { z } from 'zod';
import { createScheduler } from '../../diffusion/index.ts';
import { Models } from '../../dreamer/models.ts';
import { Renderer, type RenderFrame } from '../../dreamer/renderer.ts';
import { f32, input, Parameters } from '../../graph/index.ts';
import { contactSheet, type Image } from '../../media/index.ts';
import {
  contextRows,
  packContext,
  pooledTokens,
  rendererContext,
  rendererContextConfig,
} from '../../models/rendererContext/index.ts';
import { readUNet2DConfig } from '../../models/unet2d/index.ts';
import { Random } from '../../random/index.ts';
import { frameImage } from '../data/frameImages.ts';
import { drawSides, MirroredRows, type Side } from '../data/mirroredRows.ts';
import { frameOf, type SequenceSource } from '../data/sequences.ts';
import { latentFeatures } from '../data/theatreFeatures.ts';
import type { FrameSet } from '../data/theatreFrames.ts';
import { sequenceSources } from '../data/tokenFeatures.ts';
import { framesOf, needsWeights, readWeights, type StageBuilder, saveModels, settingsOf } from '../stage.ts';
import type { SavedModel, Weights } from '../task.ts';
import { denoisingFeeds, denoisingInputs, denoisingLoss, noiseSettings } from './denoising.ts';

const own = {
  ...noiseSettings,
  /** Whether sentences and faces are given beside the tokens; without them this is the ablation of figure 3. */
  identityRows: z.boolean(),
  /** Probability with which a picture is mirrored, and its people named in the reversed order. */
  flip: z.number().min(0).max(1).default(0),
};

/**
 * The ID-preserving renderer (paper 3.3, stage 3 of appendix A): the tokenizer's decoder goes on learning with
 * description sentences and faces as further rows of its context, each row masked with probability 0.2. The
 * compressor stays as it is, so its tokens are computed once.
 */
export const rendererStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  const settings = await settingsOf(preset, 'renderer', own);
  await needsWeights(context, 'renderer', ['vae', 'clip', 'face', 'compressor', 'decoder']);
  const unet = readUNet2DConfig(await preset.config('unet'));
  const config = rendererContextConfig.parse(await preset.config('renderer'));
  const schedulerConfig = await preset.config('scheduler', 'scheduler_config.json');
  const scheduler = createScheduler(schedulerConfig);

  const set = await framesOf(context, 'train');
  const held = await framesOf(context, 'validation');
  const latents = new MirroredRows(
    await latentFeatures(context, set),
    settings.flip > 0 ? await latentFeatures(context, set, true) : undefined,
  );
  const shots = shotsByRow(set, await sequenceSources(context, set));
  const heldShots = shotsByRow(held, await sequenceSources(context, held));
  const { batchSize: n } = settings;
  const { width, height } = set.options;

  const parameters = new Parameters();
  const p = parameters.scope('renderer');
  const tokens = input('tokens', [n, config.tokens, config.tokenDim]);
  const rows = rendererContext(
    p,
    {
      tokens,
      sentences: input('sentences', [n, config.sentences, config.sentenceDim]),
      faces: input('faces', [n, config.faces, config.faceDim]),
      rows: input('rows', [n, contextRows(config)]),
    },
    config,
  );
  const inputs = denoisingInputs(n, latents.shape);
  const { loss, error } = denoisingLoss(
    parameters.scope('unet'),
    unet,
    inputs,
    rows,
    pooledTokens(p, tokens, config),
  );
  const list = [...parameters];

  const models: SavedModel[] = [
    { folder: preset.weights('unet'), file: 'diffusion_pytorch_model.safetensors', prefix: 'unet' },
    { folder: preset.weights('renderer'), file: 'model.safetensors', prefix: 'renderer' },
  ];
  return {
    name: 'renderer',
    settings,
    parameters: list,
    initial: await decoderWeights(preset.weights('decoder')),
    loss,
    metrics: { error },
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'renderer', 'batch', step);
      const chosen = drawSides(n, set.count, settings.flip, random);
      const frames = chosen.map((side) => conditionsOf(shots, side, settings.identityRows, random));
      const all = new Float32Array(tokens.size);
      frames.forEach((frame, i) => {
        frame.tokens.forEach((t, j) => {
          all.set(t, (i * config.tokens + j) * config.tokenDim);
        });
      });
      return {
        tokens: f32(all, tokens.shape),
        ...packContext(frames, config, random),
        ...denoisingFeeds(latents.batch(chosen), [n, ...latents.shape], scheduler, settings, random, [
          width,
          height,
        ]),
      };
    },
    async sample(source) {
      const codec = await new Models(preset, context.host).imageCodec();
      const renderer = new Renderer(
        { context: source('renderer'), unet: source('unet') },
        { context: config, unet, scheduler: schedulerConfig },
        codec,
      );
      const sheet: Image[] = [];
      for (let i = 0; i < 8; i++) {
        const row = Math.floor(((i + 0.5) * held.count) / 8);
        const random = Random.of(seed, 'renderer', 'sample', i);
        const frame = conditionsOf(heldShots, { row, mirrored: false }, settings.identityRows, random);
        sheet.push(
          await frameImage(held, row),
          ...(await renderer.render([frame], { width, height, steps: 20 })),
        );
      }
      for (const part of [renderer, codec]) await part.release();
      return contactSheet(sheet, { columns: 4 });
    },
    models,
    async save(weights) {
      await saveModels(models, list, weights);
    },
  };
};

interface ShotOf {
  readonly source: SequenceSource;
  readonly shot: number;
}

function shotsByRow(set: FrameSet, sources: readonly SequenceSource[]): ShotOf[] {
  const list: ShotOf[] = [];
  set.episodes.forEach((episode, i) => {
    for (const { row, shot } of episode.frames) list[row] = { source: sources[i] as SequenceSource, shot };
  });
  return list;
}

/** A frame's tokens, sentences and faces as `generate` has them; faces come from any picture of the person. */
function conditionsOf(
  shots: readonly ShotOf[],
  { row, mirrored }: Side,
  identityRows: boolean,
  random: Random,
): RenderFrame {
  const { source, shot } = shots[row] as ShotOf;
  const { tokens, sentences, faces } = frameOf(source, shot, mirrored, { randomFaces: true }, random);
  return identityRows ? { tokens, sentences, faces, random } : { tokens, sentences: [], faces: [], random };
}

async function decoderWeights(folder: string): Promise<Weights> {
  const weights = await readWeights(folder);
  return new Map([...weights].map(([name, { data }]) => [name, data as Float32Array]));
}
