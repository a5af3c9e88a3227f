import { aSignal, type OptionCheck } from '../base/optionChecks.ts';
import { generationConfig, keyframeSize, type LeasedModels } from '../inference/index.ts';
import { coverImage, type Image } from '../media/index.ts';
import { encodeClip } from './encodeClip.ts';
import { frameCount, framesNeeded } from './frameRate.ts';

/** Options of `MovieDreamer.animate`. */
export interface AnimateOptions {
  /** Length of the clip, above 0. Default 3. */
  readonly seconds?: number;
  /** Frames a second, a whole number from 1; between the animator's frames the picture fades. Default: the preset's. */
  readonly fps?: number;
  /** Size in pixels, both even. Default: that of the preset's keyframes. */
  readonly size?: { readonly width: number; readonly height: number };
  /** An integer from 0 to 2^53 - 1. Default 0. */
  readonly seed?: number;
  /** Another take is another draw, as a reroll is. An integer from 0. Default 0. */
  readonly take?: number;
  /** Stops with the signal's reason; nothing stays. */
  readonly signal?: AbortSignal;
}

/** Types and ranges of the options. */
export const animateChecks: Readonly<Record<keyof AnimateOptions, OptionCheck>> = {
  seconds: ['a number above 0, at most 120', (value) => within(value, Number.MIN_VALUE, 120)],
  fps: ['a whole number from 1 to 240', (value) => Number.isInteger(value) && within(value, 1, 240)],
  size: [
    'an object with an even width and height, in pixels from 2 to 8192',
    (value) => {
      const { width, height } = Object(value) as Record<string, unknown>;
      return [width, height].every((n) => within(n, 2, 8192) && (n as number) % 2 === 0);
    },
  ],
  seed: ['a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  take: ['a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  signal: aSignal,
};

const within = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;

/** What `MovieDreamer.animate` does, with the models of a preset. */
export async function animatePicture(
  models: LeasedModels,
  picture: Image,
  path: string,
  options: AnimateOptions,
): Promise<void> {
  const { preset } = models;
  const { seconds = 3, seed = 0, take = 0, signal } = options;
  const settings = await generationConfig(preset, 'animator');
  const own = await keyframeSize(preset);
  const { fps = settings.movieFps, size = own } = options;
  const isFit = picture.width === own.width && picture.height === own.height;
  const keyframe = isFit ? picture : coverImage(picture, own.width, own.height);
  const lease = await models.animator(settings);
  try {
    const animator = lease.value;
    const needed = framesNeeded(frameCount(seconds, fps), fps, animator.settings.fps);
    const frames = animator.animate(keyframe, {
      segments: Math.ceil((needed - 1) / (animator.settings.frames - 1)),
      ...{ seed, path: ['clip', '1', take], anchor: settings.anchor },
      ...(signal ? { signal } : {}),
    });
    const shape = { ...size, fps, seconds, between: settings.between };
    await encodeClip(path, { frames, fps: animator.settings.fps }, shape);
  } finally {
    await lease[Symbol.asyncDispose]();
  }
}
