import {
  type Animator,
  type Lease,
  type LeasedModels,
  Leases,
  type Renderer,
  ScriptEncoder,
} from '../inference/index.ts';
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

/** What decides, beside the request, what our makers make. */
export interface LocalOptions {
  /** Fingerprints of the models. */
  readonly weights: Readonly<Record<string, string>>;
  /** The `scheduler_config.json`. */
  readonly scheduler: unknown;
}

const identity = ({ weights, scheduler }: LocalOptions): MakerIdentity => ({
  id: engineId,
  version: engineVersion,
  deterministic: true,
  options: { weights, scheduler },
});

/** The preset's renderer as a maker. */
export function localKeyframeMaker(models: LeasedModels, options: LocalOptions): KeyframeMaker {
  const leases = new Leases();
  let loaded: Promise<{ renderer: Renderer; encoder: (script: Script) => ScriptEncoder }> | undefined;
  const load = async (): Promise<Awaited<NonNullable<typeof loaded>>> => {
    const renderer = await leases.use(models.renderer());
    const sentences = await leases.use(models.sentenceEncoder());
    const faces = await leases.use(models.faceEncoder());
    const encoders = new WeakMap<Script, ScriptEncoder>();
    const encoder = (script: Script): ScriptEncoder => {
      const known = encoders.get(script) ?? new ScriptEncoder(script, sentences, faces);
      encoders.set(script, known);
      return known;
    };
    return { renderer, encoder };
  };
  return {
    ...identity(options),
    make: async (request, context) => {
      loaded ??= load().catch((error) => {
        loaded = undefined;
        throw error;
      });
      const { renderer, encoder } = await loaded;
      return { image: await render(renderer, encoder(request.script), request, context), warnings: [] };
    },
    [Symbol.asyncDispose]: () => leases[Symbol.asyncDispose](),
  };
}

async function render(
  renderer: Renderer,
  encoder: ScriptEncoder,
  { shot, index, seed, take, tokens, settings }: KeyframeRequest,
  { signal, previews, onStep }: MakerContext,
) {
  const { layout, sentences, faces } = await encoder.frame(index);
  const random = Random.of(seed, 'keyframe', shot, take);
  const frame = { tokens, sentences, faces, owners: sentenceOwners(layout), random };
  const { sampler, ...rest } = settings;
  const options = { ...rest, ...(sampler ? { sampler } : {}), ...(signal ? { signal } : {}) };
  let latents = new Float32Array();
  for await (const { step, total, sample, denoised } of renderer.denoise([frame], options)) {
    latents = sample as Float32Array<ArrayBuffer>;
    onStep({ step, total, image: previews ? (await renderer.decode(denoised, 1, settings))[0] : undefined });
  }
  const [image] = await renderer.decode(latents, 1, settings);
  if (!image) throw new TypeError('the renderer gave no picture');
  return image;
}

/** The preset's animator as a maker. */
export function localClipMaker(models: LeasedModels, options: LocalOptions): ClipMaker {
  let current: { readonly lease: Lease<Animator>; readonly settings: string } | undefined;
  const release = async (): Promise<void> => {
    const { lease } = current ?? {};
    current = undefined;
    await lease?.[Symbol.asyncDispose]();
  };
  return {
    ...identity(options),
    make: async (request, context) => {
      const settings = JSON.stringify(request.settings);
      if (current?.settings !== settings) {
        await release();
        current = { lease: await models.animator(request.settings), settings };
      }
      return { ...animate(current.lease.value, request, context), warnings: [] };
    },
    [Symbol.asyncDispose]: release,
  };
}

function animate(
  animator: Animator,
  { shot, seed, take, keyframe, seconds, settings }: ClipRequest,
  { signal, onStep }: MakerContext,
) {
  const { movieFps, anchor } = settings;
  const { fps, frames: perSegment } = animator.settings;
  const needed = framesNeeded(frameCount(seconds, movieFps), movieFps, fps);
  const frames = animator.animate(keyframe, {
    segments: Math.ceil((needed - 1) / (perSegment - 1)),
    seed,
    path: ['clip', shot, take],
    anchor,
    onStep,
    ...(signal ? { signal } : {}),
  });
  return { frames, fps };
}
