import {
  type AnimateOptions,
  type Animator,
  type Lease,
  type LeasedModels,
  Leases,
  type Renderer,
  type RenderFrame,
  type RenderOptions,
  ScriptEncoder,
} from '../inference/index.ts';
import type { Image } from '../media/index.ts';
import { Random } from '../random/index.ts';
import { type Script, sentenceOwners } from '../script/index.ts';
import { engineId, engineVersion } from './engineKey.ts';
import { frameCount, framesNeeded } from './frameRate.ts';
import type {
  ClipMaker,
  ClipRequest,
  KeyframeMaker,
  KeyframeRequest,
  MakerContext,
  MakerIdentity,
} from './makers.ts';
import { takeGuidance } from './takeDraws.ts';

/** What decides, beside the request, what our makers make. */
export interface LocalOptions {
  /** Fingerprints of the models. */
  readonly weights: Readonly<Record<string, string>>;
  /** The `scheduler_config.json`. */
  readonly scheduler: unknown;
}

/** The preset's own makers, as keys know them. */
export const localIdentity = (options: LocalOptions): MakerIdentity => ({
  ...{ id: engineId, version: engineVersion, deterministic: true },
  options: { weights: options.weights, scheduler: options.scheduler },
});

/** What keyframes are painted with. */
export interface KeyframePainter {
  readonly renderer: Renderer;
  /** What the renderer paints a keyframe from, with a fresh stream for its noise. */
  frame(request: KeyframeRequest): Promise<RenderFrame>;
}

/** Paints the keyframe of a request. */
export type PaintKeyframe = (
  painter: KeyframePainter,
  request: KeyframeRequest,
  context: MakerContext,
) => Promise<Image>;

/**
 * The preset's renderer as a maker.
 * @param paint how it is used; by default each keyframe is made from its own shot alone (paper 3.3)
 */
export function localKeyframeMaker(
  models: LeasedModels,
  identity: MakerIdentity,
  paint: PaintKeyframe = paintAlone,
): KeyframeMaker {
  const leases = new Leases();
  let loaded: Promise<KeyframePainter> | undefined;
  const load = async (): Promise<KeyframePainter> => {
    const renderer = await leases.use(models.renderer());
    const sentences = await leases.use(models.sentenceEncoder());
    const faces = await leases.use(models.faceEncoder());
    const encoders = new WeakMap<Script, ScriptEncoder>();
    const encoder = (script: Script): ScriptEncoder => {
      const known = encoders.get(script) ?? new ScriptEncoder(script, sentences, faces);
      encoders.set(script, known);
      return known;
    };
    return { renderer, frame: (request) => frameOf(encoder(request.script), request) };
  };
  return {
    ...identity,
    make: async (request, context) => {
      loaded ??= load().catch((error) => {
        loaded = undefined;
        throw error;
      });
      return { image: await paint(await loaded, request, context), warnings: [] };
    },
    [Symbol.asyncDispose]: () => {
      loaded = undefined; // it may be asked again: takes are made after the keyframes
      return leases[Symbol.asyncDispose]();
    },
  };
}

async function frameOf(
  encoder: ScriptEncoder,
  { shot, index, seed, take, tokens }: KeyframeRequest,
): Promise<RenderFrame> {
  const { layout, sentences, faces } = await encoder.frame(index);
  const random = Random.of(seed, 'keyframe', shot, take);
  return { tokens, sentences, faces, owners: sentenceOwners(layout), random };
}

/** Paints a keyframe from its own shot. */
export const paintAlone: PaintKeyframe = async (painter, request, context) => {
  const frames = [await painter.frame(request)];
  const more = { scriptGuidance: scriptGuidanceOf(request) };
  const [image] = await paintFrames(painter.renderer, frames, request, context, more);
  return image as Image;
};

/** A draft has no noise to draw anew, so that other takes are led away from what their tokens alone say, each a little. */
function scriptGuidanceOf({ seed, shot, take, settings }: KeyframeRequest): number {
  if (take === 0 || settings.steps > 0) return 1;
  return Random.of(seed, 'script guidance', shot, take).uniform(...takeGuidance);
}

/**
 * Paints frames in one batch. Previews show the first.
 * @param more what the renderer does otherwise
 */
export async function paintFrames(
  renderer: Renderer,
  frames: readonly RenderFrame[],
  { settings }: Pick<KeyframeRequest, 'settings'>,
  { signal, previews, onStep }: MakerContext,
  more: Pick<RenderOptions, 'attention' | 'given' | 'scriptGuidance'> = {},
): Promise<Image[]> {
  const { sampler, ...rest } = settings;
  const options = { ...rest, ...more, ...(sampler ? { sampler } : {}), ...(signal ? { signal } : {}) };
  const pictureOf = async (latents: Float32Array, i: number): Promise<Image> => {
    const size = latents.length / frames.length;
    const [image] = await renderer.decode(latents.subarray(i * size, (i + 1) * size), 1, settings);
    if (!image) throw new TypeError('the renderer gave no picture');
    return image;
  };
  let latents = new Float32Array();
  for await (const { step, total, sample, denoised } of renderer.denoise(frames, options)) {
    latents = sample as Float32Array<ArrayBuffer>;
    onStep({ step, total, image: previews ? await pictureOf(denoised, 0) : undefined });
  }
  const images: Image[] = [];
  for (const i of frames.keys()) images.push(await pictureOf(latents, i));
  return images;
}

/**
 * The preset's animator as a maker.
 * @param more what the animator does otherwise
 */
export function localClipMaker(
  models: LeasedModels,
  identity: MakerIdentity,
  more: Pick<AnimateOptions, 'noise'> = {},
): ClipMaker {
  let current: { readonly lease: Lease<Animator>; readonly settings: string } | undefined;
  const release = async (): Promise<void> => {
    const { lease } = current ?? {};
    current = undefined;
    await lease?.[Symbol.asyncDispose]();
  };
  return {
    ...identity,
    make: async (request, context) => {
      const settings = JSON.stringify(request.settings);
      if (current?.settings !== settings) {
        await release();
        current = { lease: await models.animator(request.settings), settings };
      }
      return { ...animate(current.lease.value, request, context, more), warnings: [] };
    },
    [Symbol.asyncDispose]: release,
  };
}

function animate(
  animator: Animator,
  { shot, seed, take, keyframe, seconds, settings }: ClipRequest,
  { signal, onStep }: MakerContext,
  more: Pick<AnimateOptions, 'noise'>,
) {
  const { movieFps, anchor } = settings;
  const { fps, frames: perSegment } = animator.settings;
  const needed = framesNeeded(frameCount(seconds, movieFps), movieFps, fps);
  const frames = animator.animate(keyframe, {
    segments: Math.ceil((needed - 1) / (perSegment - 1)),
    seed,
    path: ['clip', shot, take],
    anchor,
    ...more,
    onStep,
    ...(signal ? { signal } : {}),
  });
  return { frames, fps };
}
