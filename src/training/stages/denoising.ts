import { z } from 'zod';
import {
  addNoise,
  minSnrWeight,
  offsetNoise,
  type Scheduler,
  trainingTarget,
  trainingTimesteps,
} from '../../diffusion/index.ts';
import {
  f32,
  input,
  mean,
  mul,
  type Scope,
  square,
  sub,
  sum,
  type Tensor,
  type TensorData,
} from '../../graph/index.ts';
import { timeIds, timeIdsInput, type UNet2DConfig, unet2d } from '../../models/unet2d/index.ts';
import { Random } from '../../random/index.ts';

/** How noise and times are drawn: keys of every diffusion stage's settings. */
export const noiseSettings: {
  noiseOffset: z.ZodNumber;
  timesteps: z.ZodEnum<{ uniform: 'uniform'; 'logit-normal': 'logit-normal' }>;
  minSnrGamma: z.ZodNumber;
  pureNoise: z.ZodDefault<z.ZodNumber>;
} = {
  /** Strength of the noise offset (paper 4.1: 0.05). */
  noiseOffset: z.number().nonnegative(),
  timesteps: z.enum(['uniform', 'logit-normal']),
  /** Gamma of min-SNR weighting (Hang et al., 2023); 0 weighs all times alike. */
  minSnrGamma: z.number().nonnegative(),
  /**
   * Share of the samples at the last time in place of a drawn one: sampling starts there, and with a few steps its first
   * answer is most of the picture.
   */
  pureNoise: z.number().min(0).max(1).default(0),
};

export type NoiseSettings = z.infer<z.ZodObject<typeof noiseSettings>>;

/** Inputs of a denoising step beside its conditioning. */
export interface DenoisingInputs {
  /** Noisy latents [n, c, h, w]. */
  readonly noisy: Tensor;
  /** [n] */
  readonly timestep: Tensor;
  /** What the U-Net is to predict [n, c, h, w]. */
  readonly target: Tensor;
  /** Weight of each sample's error [n]. */
  readonly weight: Tensor;
  /** Original height and width, crop, target height and width [n, 6]. */
  readonly timeIds: Tensor;
}

export function denoisingInputs(n: number, latent: readonly number[]): DenoisingInputs {
  return {
    noisy: input('noisy', [n, ...latent]),
    timestep: input('timestep', [n]),
    target: input('target', [n, ...latent]),
    weight: input('weight', [n]),
    timeIds: timeIdsInput(n),
  };
}

/**
 * The weighted mean squared error of the U-Net (paper, equations 1 and 2), and the unweighted one for the log.
 * @param columns see `UNet2DInputs`
 * @param places weights of the places within each picture, 1 on average [n, 1, h, w]; without them all count alike
 */
export function denoisingLoss(
  p: Scope,
  config: UNet2DConfig,
  inputs: DenoisingInputs,
  context: Tensor,
  pooled: Tensor,
  { places, columns }: { readonly places?: Tensor | undefined; readonly columns?: Tensor | undefined } = {},
): { loss: Tensor; error: Tensor } {
  const { noisy, timestep, target, weight, timeIds } = inputs;
  const prediction = unet2d(p, config, {
    sample: noisy,
    timestep,
    encoderHiddenStates: context,
    textEmbeds: pooled,
    columns,
    timeIds,
  });
  const squares = square(sub(prediction, target)); // [n, c, h, w]
  const errors = mean(places ? mul(squares, places) : squares, { axes: [1, 2, 3] }); // [n]
  return { loss: mul(sum(mul(errors, weight)), 1 / weight.size), error: mean(squares) };
}

/** Values for `denoisingInputs`: noise, times and targets for clean latents x0 [n, c, h, w]. */
export function denoisingFeeds(
  x0: Float32Array,
  shape: readonly number[],
  scheduler: Scheduler,
  settings: NoiseSettings,
  random: Random,
  picture: { readonly width: number; readonly height: number },
): Record<string, TensorData> {
  return {
    ...noiseFeeds(x0, shape, scheduler, settings, random),
    time_ids: timeIds(shape[0] as number, picture),
  };
}

/** Noisy samples of clean ones x0 [n, c, ...], their times, targets and weights. */
export function noiseFeeds(
  x0: Float32Array,
  shape: readonly number[],
  scheduler: Scheduler,
  settings: NoiseSettings,
  random: Random,
): Record<'noisy' | 'timestep' | 'target' | 'weight', TensorData> {
  const n = shape[0] as number;
  const { schedule, predictionType } = scheduler;
  const noise = offsetNoise(random.normals(x0.length), shape, settings.noiseOffset, random);
  const timesteps = trainingTimesteps(random, n, { kind: settings.timesteps }, schedule.betas.length);
  if (settings.pureNoise > 0) {
    timesteps.forEach((_, i) => {
      if (random.chance(settings.pureNoise)) timesteps[i] = schedule.betas.length - 1;
    });
  }
  return {
    noisy: f32(addNoise(schedule, x0, noise, timesteps), shape),
    timestep: f32(Float32Array.from(timesteps), [n]),
    target: f32(trainingTarget(predictionType, schedule, x0, noise, timesteps), shape),
    weight: f32(weightsOf(timesteps, scheduler, settings), [n]),
  };
}

const averages = new WeakMap<Scheduler, Map<string, number>>();

/**
 * The weight of each sample's error, 1 on average over all times (not over the batch, in which a single sample would
 * always weigh 1).
 */
function weightsOf(times: Int32Array, scheduler: Scheduler, settings: NoiseSettings): Float32Array {
  const { minSnrGamma: gamma, timesteps: kind } = settings;
  if (gamma === 0) return new Float32Array(times.length).fill(1);
  const { schedule, predictionType } = scheduler;
  const weigh = (t: number): number => {
    const alphaBar = schedule.alphasCumprod[t] as number;
    if (predictionType === 'epsilon') return minSnrWeight(alphaBar, gamma, predictionType);
    // SNR + 1, which is 1 / (1 - alphaBar), is capped in place of SNR: else pure noise, from which sampling starts where
    // the schedule ends at SNR 0, would weigh nothing and never be learned
    const onOriginal = Math.min(1 / (1 - alphaBar), gamma);
    return predictionType === 'sample' ? onOriginal : onOriginal * (1 - alphaBar);
  };
  const known = averages.get(scheduler) ?? new Map<string, number>();
  averages.set(scheduler, known);
  const key = `${kind} ${gamma}`;
  let average = known.get(key);
  if (average === undefined) {
    const many = trainingTimesteps(Random.of(0, 'weights'), 8192, { kind }, schedule.betas.length);
    average = many.reduce((total, t) => total + weigh(t), 0) / many.length;
    known.set(key, average);
  }
  return Float32Array.from(times, (t) => weigh(t) / (average as number));
}
