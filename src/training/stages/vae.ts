import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { drawEpisode, type FrameRecord, type KeyframeSet } from '../../corpus/index.ts';
import {
  abs,
  add,
  concat,
  exp,
  f32,
  input,
  mean,
  mul,
  Parameters,
  sizeOf,
  slice,
  split,
  square,
  sub,
  type Tensor,
} from '../../graph/index.ts';
import {
  decodeImage,
  downsampling,
  encodeImage,
  ImageCodec,
  type ImageCodecConfig,
  type LatentSpace,
  readImageCodecConfig,
} from '../../inference/index.ts';
import { contactSheet, fromTensor, type Image, toTensor } from '../../media/index.ts';
import { drawFrom, type Posterior } from '../../models/autoencoderKl/index.ts';
import { Random } from '../../random/index.ts';
import { parametersOptions } from '../parametersOptions.ts';
import { principalComponents } from '../principalComponents.ts';
import {
  dataSettingsOf,
  keyframesOf,
  type StageBuilder,
  type StageContext,
  type StagePlanner,
  saveJson,
  saveModels,
  settingsOf,
} from '../stage.ts';
import { type SavedModel, TrainingError } from '../task.ts';

const own = {
  /** Side of the square crops that it is trained on. */
  crop: z.number().int().positive(),
  squareWeight: z.number().nonnegative(),
  klWeight: z.number().nonnegative(),
  edgeWeight: z.number().nonnegative(),
  chromaWeight: z.number().nonnegative(),
  /** Keeps the encoder as it is, so that everything that was learned from its latents stays valid. */
  freezeEncoder: z.boolean(),
};

/** The stage's settings, config and networks, without its data. */
async function networksOf({ preset }: Pick<StageContext, 'preset'>) {
  const settings = await settingsOf(preset, 'vae', own);
  const config = readImageCodecConfig(await preset.config('vae'));
  const { width, height } = await dataSettingsOf(preset);
  const { batchSize: n, crop } = settings;
  const factor = downsampling(config);
  if (crop % factor !== 0 || crop > Math.min(width, height)) {
    throw new TrainingError(
      `preset '${preset.name}', training/vae.json: crop must be a multiple of ${factor}, by which the VAE shrinks pictures, and ` +
        `fit into frames of ${width}x${height} (training/data.json), got ${crop}`,
    );
  }
  const latent = [n, config.vae.latentChannels, crop / factor, crop / factor];
  const parameters = new Parameters(undefined, parametersOptions(settings));
  const p = parameters.scope();
  const image = input('image', [n, 3, crop, crop]);
  const posterior = encodeImage(p, config, image);
  const decoded = decodeImage(p, config, drawFrom(posterior, input('noise', latent)));
  const difference = sub(decoded, image);
  const pixels = mean(abs(difference));
  const squares = mean(square(difference));
  const edges = add(mean(abs(steps(difference, 2))), mean(abs(steps(difference, 3))));
  const chroma = mean(abs(opponents(difference)));
  const kl = klDivergence(posterior);
  const terms = [
    pixels,
    mul(squares, settings.squareWeight),
    mul(edges, settings.edgeWeight),
    mul(chroma, settings.chromaWeight),
    mul(kl, settings.klWeight),
  ];
  const isTrained = (name: string): boolean =>
    !settings.freezeEncoder || !/^(encoder|quant_conv)\./.test(name);
  const task = {
    name: 'vae',
    settings,
    parameters: [...parameters],
    loss: terms.reduce(add),
    metrics: { pixels, squares, edges, chroma, kl },
    phases: [{ from: 0, trains: isTrained }],
  };
  return { config, image, latent, task };
}

export const planVae: StagePlanner = async (context) => (await networksOf(context)).task;

/**
 * The image autoencoder (Rombach et al., 2022), on crops of drawn frames: absolute and squared error (small dark things
 * on light ground, such as eyes, hardly weigh in the former), absolute error of the differences between neighbouring
 * pixels (edges are what a cartoon consists of) and of colour differences, and a slight pull towards a standard normal.
 */
export const vaeStage: StageBuilder = async (context) => {
  const { preset, seed } = context;
  const { config, image, latent, task } = await networksOf(context);
  const { batchSize: n, crop } = task.settings;
  const [train, validation] = [await keyframesOf(context, 'train'), await keyframesOf(context, 'validation')];
  const shown = validation.episodes.flatMap((e) => e.frames.filter((_, i) => i % 5 === 0)).slice(0, 6);
  const models: SavedModel[] = [
    { folder: preset.weights('vae'), file: 'diffusion_pytorch_model.safetensors', prefix: '' },
  ];
  const measured = async (codec: ImageCodec): Promise<LatentSpace> => {
    const space = await latentSpace(codec, config.components, train, seed);
    await codec.release();
    return space;
  };
  return {
    ...task,
    batchSize: n,
    async batch(step) {
      const random = Random.of(seed, 'vae', 'batch', step);
      const pixels = new Float32Array(n * 3 * crop * crop);
      for (let i = 0; i < n; i++) {
        const { frames } = train.episodes[
          drawEpisode(train, train.episodes.length, random)
        ] as (typeof train.episodes)[number];
        pixels.set(await cropOf(train, random.pick(frames), crop, random), i * 3 * crop * crop);
      }
      const noise = random.normals(sizeOf(latent));
      return { image: f32(pixels, image.shape), noise: f32(noise, latent) };
    },
    async sample(source) {
      const codec = new ImageCodec(source(''), unstandardised(config));
      const rows: Image[] = [];
      for (const frame of shown) rows.push(...(await roundTrip(codec, validation, frame)));
      await codec.release();
      return contactSheet(rows, { columns: 2 });
    },
    models,
    async save(weights, source) {
      const folder = preset.weights('vae');
      const space =
        (await keptSpace(context.from, task.settings.freezeEncoder)) ??
        (await measured(new ImageCodec(source(''), unstandardised(config))));
      // an earlier VAE's statistics never lie beside the new weights: without any, the VAE counts as unfinished
      await rm(join(folder, latentsFile), { force: true });
      await saveModels(models, task.parameters, weights);
      await saveJson(folder, latentsFile, space);
    },
  };
};

const latentsFile = 'latents.json';

/** Of an encoder that stays as it is, the statistics stay, too: what was learned from its latents depends on both. */
async function keptSpace(from: string | undefined, isFrozen: boolean): Promise<unknown> {
  if (from === undefined || !isFrozen) return undefined;
  const path = join(from, 'vae', latentsFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** The VAE with its latents as they come, all channels of them: what the statistics are measured over. */
function unstandardised(config: ImageCodecConfig): ImageCodecConfig {
  const channels = config.space.mean.length;
  const space = { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) };
  return { ...config, space, components: undefined };
}

/** Differences between neighbours along an axis. */
function steps(x: Tensor, axis: number): Tensor {
  return sub(slice(x, axis, 1), slice(x, axis, 0, x.dim(axis) - 1));
}

/**
 * Red minus green, and blue minus their mean, of [n, 3, h, w]: brightness hides colour errors in the absolute error of
 * RGB values, and a young autoencoder leaves hues out for thousands of steps.
 */
function opponents(x: Tensor): Tensor {
  const [r, g, b] = split(x, 3, 1) as [Tensor, Tensor, Tensor];
  return concat([sub(r, g), sub(b, mul(add(r, g), 0.5))], 1);
}

/** KL divergence from the standard normal, mean over all latent values (Kingma & Welling, 2014, appendix B). */
function klDivergence({ mean: mu, logvar }: Posterior): Tensor {
  return mul(mean(sub(sub(add(mul(mu, mu), exp(logvar)), 1), logvar)), 0.5);
}

/** A square of a frame as CHW in -1 .. 1, mirrored half of the time; half of the squares are put around a face. */
async function cropOf(
  set: KeyframeSet,
  frame: FrameRecord,
  crop: number,
  random: Random,
): Promise<Float32Array> {
  const { width, height } = set.options;
  let x = random.int(width - crop + 1);
  let y = random.int(height - crop + 1);
  if (frame.faces.length > 0 && random.chance(0.5)) {
    const { box } = random.pick(frame.faces);
    const near = (low: number, high: number, size: number): number => {
      const at = (low + high) / 2 - crop * random.uniform(0.3, 0.7);
      return Math.round(Math.min(Math.max(at, 0), size - crop));
    };
    x = near(box[0], box[2], width);
    y = near(box[1], box[3], height);
  }
  const mirrored = random.chance(0.5);
  const rows = await set.frames.read(frame.row, y * width * 3, crop * width * 3);
  const out = new Float32Array(3 * crop * crop);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < crop; i++) {
      for (let j = 0; j < crop; j++) {
        const from = (i * width + x + (mirrored ? crop - 1 - j : j)) * 3 + c;
        out[(c * crop + i) * crop + j] = (rows[from] as number) / 127.5 - 1;
      }
    }
  }
  return out;
}

async function roundTrip(codec: ImageCodec, set: KeyframeSet, { row }: FrameRecord): Promise<Image[]> {
  const { width, height } = set.options;
  const image = { width, height, data: await set.frames.read(row) };
  const latents = await codec.encode(toTensor(image).data as Float32Array, 1, width, height);
  const decoded = await codec.decode(latents, 1, width, height);
  return [image, ...fromTensor(f32(decoded, [1, 3, height, width]))];
}

/** A channel in which nothing happens, as after a few steps, still needs a deviation to divide by. */
const leastVariance = 1e-10;

/**
 * The space of standardised latents: mean and deviation of each channel over some training frames, or with
 * `latent_components` the main directions. Those are divided by the fourth root of their variance: divided by the second
 * root, colours and large shapes would count no more than the faintest detail, and undivided, detail would drown.
 * @param codec without standardisation
 * @param kept the main directions that are kept (`latent_components`); undefined: the channels themselves
 */
async function latentSpace(
  codec: ImageCodec,
  kept: number | undefined,
  set: KeyframeSet,
  seed: number,
): Promise<LatentSpace> {
  const { width, height } = set.options;
  const [c, h, w] = codec.latentShape(width, height);
  const pixels = h * w;
  const sums = new Float64Array(c);
  const products = new Float64Array(c * c);
  const random = Random.of(seed, 'vae', 'statistics');
  const count = 256;
  for (let n = 0; n < count; n++) {
    const data = await set.frames.read(random.int(set.count));
    const image = toTensor({ width, height, data }).data as Float32Array;
    const latents = await codec.encode(image, 1, width, height);
    for (let i = 0; i < c; i++) {
      const a = latents.subarray(i * pixels, (i + 1) * pixels);
      sums[i]! += a.reduce((sum, v) => sum + v, 0);
      for (let j = 0; j <= i; j++) {
        const b = latents.subarray(j * pixels, (j + 1) * pixels);
        products[i * c + j]! += a.reduce((sum, v, k) => sum + v * (b[k] as number), 0);
      }
    }
  }
  const total = count * pixels;
  const mean = [...sums].map((sum) => sum / total);
  const covariance = Float64Array.from({ length: c * c }, (_, at) => {
    const [i, j] = [Math.floor(at / c), at % c];
    return (products[Math.max(i, j) * c + Math.min(i, j)] as number) / total - mean[i]! * mean[j]!;
  });
  const deviation = (variance: number): number => Math.sqrt(Math.max(variance, leastVariance));
  if (kept === undefined)
    return { mean, std: mean.map((_, i) => deviation(covariance[i * c + i] as number)) };
  const { variances, components } = principalComponents(covariance, c);
  const deviations = variances.slice(0, kept).map(deviation);
  const norm = Math.sqrt(deviations.reduce((sum, d) => sum + d, 0) / kept); // so that their mean variance is 1
  return {
    mean,
    std: deviations.map((d) => Math.sqrt(d) * norm),
    components: components.slice(0, kept),
  };
}
