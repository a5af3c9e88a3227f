import { z } from 'zod';
import { EpisodeArtist, frameImage, framesPerSecond } from '../../corpus/index.ts';
import { createScheduler, type Scheduler } from '../../diffusion/index.ts';
import {
  concat,
  concatRows,
  expand,
  f32,
  input,
  mean,
  mul,
  type ParameterInfo,
  Parameters,
  square,
  sub,
  sum,
  type TensorData,
} from '../../graph/index.ts';
import { Animator, generationConfig, ModelLoader } from '../../inference/index.ts';
import { contactSheet, type Image, resizeImage } from '../../media/index.ts';
import {
  inflateImageWeights,
  readSvdUNetConfig,
  type SvdUNetConfig,
  svdUNet,
} from '../../models/svd/index.ts';
import { Random } from '../../random/index.ts';
import { type ClipRecord, type ClipSet, clipFeatures } from '../data/clipFeatures.ts';
import { parametersOptions } from '../parametersOptions.ts';
import {
  framesOf,
  needsWeights,
  plannedLatents,
  readWeights,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveModels,
  settingsOf,
} from '../stage.ts';
import { type SavedModel, TrainingError } from '../task.ts';
import { type Weights, weightsOf } from '../weights.ts';
import { noiseFeeds, noiseSettings } from './denoising.ts';

const own = {
  ...noiseSettings,
  /** Parts of clips that are drawn, and held-out ones; frames of a part. */
  clips: z.number().int().positive(),
  heldClips: z.number().int().positive(),
  clipFrames: z.number().int().min(2),
  /** Which frames of a part make a window: every one (1: 12 a second), every second (2: 6 a second) ... */
  strides: z.array(z.number().int().positive()).min(1),
  /** Share of windows without picture and embedding, for guidance. */
  conditioningDropout: z.number().min(0).max(1),
  /** Most noise on the first frame's latents; the strength is drawn evenly below it, and the model is told. */
  noiseAugmentation: z.number().nonnegative(),
  /**
   * For models with `keyframe_channels`: how much of its change from the keyframe a window's first frame may lose, 0 to 1, drawn
   * evenly up to this. A further segment begins at what the model painted, and a regression paints too little change.
   */
  beginShrink: z.number().min(0).max(1).default(0),
  /** Whether spatial layers start from the image U-Net; without it this is the ablation. */
  fromImageWeights: z.boolean(),
};

type AnimatorStageSettings = z.infer<z.ZodObject<typeof own>>;

/** The motion bucket of a window that moves as much as most do: the one that published SVD is asked for. */
const usualMotion = 127;

/** The stage's settings, config and networks, without its data. */
async function networksOf({ preset }: Pick<StageContext, 'preset'>) {
  const settings = await settingsOf(preset, 'animator', own);
  const config = readSvdUNetConfig(await preset.config('animator'));
  const { frames, contextWidth } = config;
  const span = Math.max(...settings.strides) * (frames - 1) + 1;
  if (settings.clipFrames < span) {
    throw new TrainingError(
      `preset '${preset.name}', training/animator.json: clipFrames must be at least ${span} for ${frames} frames with ` +
        `strides ${settings.strides}, got ${settings.clipFrames}`,
    );
  }
  const { batchSize: n } = settings;
  const [c, h, w] = await plannedLatents(preset);
  const clip = [n, frames, c, h, w];
  const parameters = new Parameters(undefined, parametersOptions(settings));
  const noisy = input('noisy', clip);
  const prediction = svdUNet(parameters.scope(), config, {
    sample: concat([noisy, expand(input('still', [n, 1, c, h, w]), clip)], 2), // [n, f, 2 c, h, w]
    timestep: input('timestep', [n]),
    encoderHiddenStates: input('context', [n, 1, contextWidth]),
    addedTimeIds: input('added_ids', [n, 3]),
    ...(config.keyframeChannels > 0 ? { keyframe: input('keyframe', [n, c, h, w]) } : {}),
  });
  const errors = mean(square(sub(prediction, input('target', clip))), { axes: [1, 2, 3, 4] }); // [n]
  const loss = mul(sum(mul(errors, input('weight', [n]))), 1 / n);
  const error = mean(errors);
  const task = { name: 'animator', settings, parameters: [...parameters], loss, metrics: { error } };
  return { config, clip, error, task };
}

export const planAnimator: StagePlanner = async (context) => (await networksOf(context)).task;

/** Which frames of a drawn part of a clip are kept: every `every`-th, `kept` of them. */
export function keptFrames({
  strides,
  clipFrames,
}: {
  readonly strides: readonly number[];
  readonly clipFrames: number;
}): { every: number; kept: number } {
  const every = strides.reduce(greatestCommonDivisor);
  return { every, kept: Math.floor((clipFrames - 1) / every) + 1 };
}

/**
 * Image to video (paper 3.5) with a U-Net of Stable Video Diffusion's kind: windows of a clip's latents, given the
 * window's first frame and the embedding of the clip's keyframe. A window may begin anywhere in its clip, so the model
 * learns the paper's way of going on: first frame from the segment before, embedding from the original keyframe.
 *
 * Times are the image scheduler's, since the time embedding comes from the image U-Net. The augmenting noise is added
 * to the latents, not to the picture, so that these are encoded once.
 */
export const animatorStage: StageBuilder = async (context) => {
  const { preset, seed, host } = context;
  const { config, clip, error, task } = await networksOf(context);
  const { settings, parameters: list } = task;
  await needsWeights(context, 'animator', [
    'vae',
    'clip',
    ...(settings.fromImageWeights ? (['unet'] as const) : []),
  ]);
  const { frames, contextWidth } = config;
  const { every, kept } = keptFrames(settings);
  const schedulerConfig = await new ModelLoader(preset, host).animatorScheduler();
  const scheduler = createScheduler(schedulerConfig);
  const generation = await generationConfig(preset, 'animator');
  const held = await framesOf(context, 'validation');
  const clips = async (split: 'train' | 'validation', count: number) =>
    clipFeatures(context, await framesOf(context, split), {
      ...{ count, frames: kept, every },
      withKeyframes: config.keyframeChannels > 0,
    });
  const train = await clips('train', settings.clips);
  const heldClips = await clips('validation', settings.heldClips);
  const usual = await usualChanges(train, frames, settings.strides);
  const { batchSize: n } = settings;

  const feeds = async (set: ClipSet, drop: number, random: Random) => {
    const parts: Window[] = [];
    for (let i = 0; i < n; i++) parts.push(await drawWindow(set, config, settings, usual, random));
    const { changeScale } = config;
    return windowFeeds(parts, { clip, contextWidth, changeScale, drop }, scheduler, settings, random);
  };

  const models: SavedModel[] = [
    { folder: preset.weights('animator'), file: 'diffusion_pytorch_model.safetensors', prefix: '' },
  ];
  return {
    ...task,
    ...(settings.fromImageWeights
      ? { initial: inflated(list, await readWeights(preset.layers('unet'))) }
      : {}),
    batchSize: n,
    batch: (step) => feeds(train, settings.conditioningDropout, Random.of(seed, 'animator', 'batch', step)),
    async validate(source) {
      const batches = Math.ceil(32 / n);
      const network = await source('').load(() => ({ error }));
      let total = 0;
      for (let i = 0; i < batches; i++) {
        const batch = await feeds(heldClips, 0, Random.of(seed, 'animator', 'validation', i));
        const { weight: _weight, ...needed } = batch;
        total += Number((await network.run(needed)).error?.data[0]) / batches;
      }
      await network.release();
      return { validation_error: total };
    },
    async sample(source) {
      const models = new ModelLoader(preset, host);
      const [codec, encoder] = [await models.imageCodec(), await models.imageEncoder()];
      const { movieFps: _fps, anchor: _anchor, between: _between, ...rest } = generation;
      const embed = async (pictures: readonly Image[]) => (await encoder.encode(pictures)).embeds;
      const animator = new Animator(
        source(''),
        { unet: config, scheduler: schedulerConfig },
        codec,
        embed,
        rest,
      );
      const artist = await EpisodeArtist.create({ width: held.options.width, height: held.options.height });
      const rows: Image[] = [];
      const count = Math.min(4, heldClips.clips.length);
      for (let i = 0; i < count; i++) {
        const at = Math.floor(((i + 0.5) * heldClips.clips.length) / count);
        const { episode, shot, row } = heldClips.clips[at] as ClipRecord;
        const stride = Math.round(framesPerSecond / animator.settings.fps);
        const { frames } = animator.settings;
        for await (const image of artist.clip(episode, shot, frames, { every: stride })) rows.push(image);
        const keyframe = await frameImage(held, row);
        for await (const image of animator.animate(keyframe, { segments: 1, seed, path: ['sample', i] }))
          rows.push(image);
      }
      for (const part of [animator, encoder, codec]) await part.release();
      const small = rows.map((r) => resizeImage(r, r.width >> 1, r.height >> 1, 'box'));
      return contactSheet(small, {
        columns: animator.settings.frames,
        title: 'drawn, and below it generated',
      });
    },
    models,
    async save(weights) {
      await saveModels(models, list, weights);
    },
  };
};

/** Some frames of a clip with what the model is told about them. */
interface Window {
  readonly latents: Float32Array; // [f, c, h, w]
  /** Latents of the clip's keyframe [c, h, w], for models that see it. */
  readonly keyframe: Float32Array | undefined;
  readonly embedding: Float32Array;
  readonly fps: number;
  readonly motion: number;
}

async function drawWindow(
  set: ClipSet,
  { frames, keyframeChannels }: SvdUNetConfig,
  { strides }: AnimatorStageSettings,
  usual: ReadonlyMap<number, number>,
  random: Random,
): Promise<Window> {
  const clip = random.int(set.clips.length);
  const stride = random.pick(strides);
  const step = stride / set.every;
  const spare = set.frames - step * (frames - 1);
  // half of the windows begin with the part's first frame, which is a keyframe every other time
  const from = random.chance(0.5) ? 0 : random.int(spare);
  const latents = await set.window(clip, from, frames, step);
  const motion = (usualMotion * change(latents, frames)) / (usual.get(stride) ?? 1);
  return {
    latents,
    keyframe: keyframeChannels > 0 ? set.keyframes([clip]) : undefined,
    embedding: set.embeddings([clip]),
    fps: framesPerSecond / stride,
    motion: Math.min(255, Math.round(motion)),
  };
}

function windowFeeds(
  parts: readonly Window[],
  task: {
    readonly clip: readonly number[];
    readonly contextWidth: number;
    readonly changeScale: number;
    readonly drop: number;
  },
  scheduler: Scheduler,
  settings: AnimatorStageSettings,
  random: Random,
) {
  const { clip, contextWidth, changeScale, drop } = task;
  const [n, f, c, h, w] = clip as [number, number, number, number, number];
  const x0 = concatRows(parts.map((window) => diffused(window, changeScale)));
  const { noisy, target, timestep, weight } = noiseFeeds(x0, [n, f * c, h, w], scheduler, settings, random);
  const size = c * h * w;
  const still = new Float32Array(n * size);
  const rows = new Float32Array(n * contextWidth);
  const ids = new Float32Array(n * 3);
  const seen = parts.flatMap(({ keyframe }) => (keyframe ? [keyframe] : []));
  parts.forEach((window, i) => {
    const { embedding, fps, motion } = window;
    const strength = random.uniform(0, settings.noiseAugmentation);
    const noise = random.normals(size);
    const isDropped = random.chance(drop);
    ids.set([fps - 1, motion, strength], i * 3);
    if (isDropped) return;
    const begin = shrunken(window, size, settings.beginShrink, random);
    still.set(
      noise.map((e, j) => (begin[j] as number) + strength * e),
      i * size,
    );
    rows.set(embedding, i * contextWidth);
  });
  return {
    noisy: f32(noisy.data as Float32Array, clip),
    target: f32(target.data as Float32Array, clip),
    ...{ timestep, weight },
    still: f32(still, [n, 1, c, h, w]),
    context: f32(rows, [n, 1, contextWidth]),
    added_ids: f32(ids, [n, 3]),
    ...(seen.length > 0 ? { keyframe: f32(concatRows(seen), [n, c, h, w]) } : {}),
  };
}

/** What is diffused of a window: its frames' latents, or how they differ from the keyframe's. */
function diffused({ latents, keyframe }: Window, scale: number): Float32Array {
  if (!keyframe) return latents;
  return latents.map((value, i) => (value - (keyframe[i % keyframe.length] as number)) / scale);
}

/** The first frame's latents [c, h, w], with some of their change from the keyframe's taken away. */
function shrunken({ latents, keyframe }: Window, size: number, most: number, random: Random): Float32Array {
  const begin = latents.subarray(0, size);
  if (!keyframe || most === 0) return begin;
  const share = random.uniform(0, most);
  return begin.map((value, i) => value + share * ((keyframe[i] as number) - value));
}

/** Mean absolute change from one frame to the next. */
function change(latents: Float32Array, frames: number): number {
  const size = latents.length / frames;
  let total = 0;
  for (let i = size; i < latents.length; i++)
    total += Math.abs((latents[i] as number) - (latents[i - size] as number));
  return total / (latents.length - size);
}

/** The average change of windows of each stride, over some clips. */
async function usualChanges(
  set: ClipSet,
  frames: number,
  strides: readonly number[],
): Promise<Map<number, number>> {
  const result = new Map<number, number>();
  const count = Math.min(64, set.clips.length);
  for (const stride of strides) {
    let total = 0;
    for (let i = 0; i < count; i++)
      total += change(await set.window(i, 0, frames, stride / set.every), frames);
    result.set(stride, Math.max(total / count, 1e-6));
  }
  return result;
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** First values of those parameters that the image U-Net has. */
function inflated(list: readonly ParameterInfo[], image: ReadonlyMap<string, TensorData>): Weights {
  const values = inflateImageWeights(list, (name) => image.get(name));
  return weightsOf(new Map([...values].map(([name, { data }]) => [name, data as Float32Array])));
}
