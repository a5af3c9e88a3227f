import { z } from 'zod';
import { parseConfig } from '../base/index.ts';
import { type Preset, PresetError, withoutVersion } from '../presets/index.ts';
import type { AnimatorSettings } from './animator.ts';
import type { GenerationSettings } from './autoregressor.ts';
import { type SamplerName, samplerNames } from './sampler.ts';

/** How keyframes are sampled: `renderer/generation_config.json`. */
export interface RenderSettings {
  /** Size of the pictures that latents stand for. Keyframes and clips are `ImageCodec.scale` times as wide and high: the same, or larger with the VAE's `out_patch_size`. */
  readonly width: number;
  /** Height, in pixels: even. */
  readonly height: number;
  /**
   * Denoising steps. 0 leaves the U-Net out and paints its draft (`draft_channels`), what the conditioning says without
   * noise: then the seed reaches a keyframe by its tokens alone.
   */
  readonly steps: number;
  /** Classifier-free guidance (Ho and Salimans, 2022), at least 0; 1, the default, is none. */
  readonly guidance: number;
  /** What the unconditional half of guidance is given as its pooled row: zeros (the default) or the conditional one. */
  readonly unconditionalPooled: 'zero' | 'keep';
  /** The sampler; by default what the scheduler's config names. */
  readonly sampler?: SamplerName | undefined;
}

/** How clips are sampled: `animator/generation_config.json`. */
export interface ClipSettings extends Partial<AnimatorSettings> {
  /** Frames a second of the film. */
  readonly movieFps: number;
  /** Whose embedding further segments are conditioned on; by default the keyframe's (paper 3.5). */
  readonly anchor: 'keyframe' | 'last-frame';
  /** What the film shows between two frames of a slower model: both, fading, or the earlier one. Default 'mix'. */
  readonly between?: 'mix' | 'hold' | undefined;
}

const even = z.number().int().positive().multipleOf(2);
const sampler = z.enum(samplerNames).optional();

const autoregressor: z.ZodType<Partial<GenerationSettings>> = z.strictObject({
  temperature: z.number().nonnegative().default(0.95),
  greedy: z.enum(['mean', 'mode']).optional(),
  capacity: z.number().int().positive().optional(),
  chunk: z.number().int().positive().default(48),
  keep: z.number().positive().max(1).default(0.5),
}) as never;

const renderer: z.ZodType<RenderSettings> = z.strictObject({
  width: even,
  height: even,
  steps: z.number().int().nonnegative(),
  guidance: z.number().nonnegative().default(1),
  unconditionalPooled: z.enum(['zero', 'keep']).default('zero'),
  sampler,
});

const animator: z.ZodType<ClipSettings> = z.strictObject({
  movieFps: z.number().int().positive().default(12),
  anchor: z.enum(['keyframe', 'last-frame']).default('keyframe'),
  between: z.enum(['mix', 'hold']).optional(),
  frames: z.number().int().min(2).optional(),
  fps: z.number().positive().optional(),
  motionBucket: z.number().nonnegative().optional(),
  noiseAugmentation: z.number().nonnegative().optional(),
  augmented: z.enum(['pixels', 'latents']).optional(),
  takes: z.enum(['frames', 'changes']).optional(),
  paints: z.enum(['frames', 'changes']).optional(),
  minGuidance: z.number().nonnegative().optional(),
  maxGuidance: z.number().nonnegative().optional(),
  steps: z.number().int().positive().optional(),
  sampler,
  imageLatents: z.enum(['raw', 'standardised']).optional(),
  decodeBatch: z.number().int().positive().optional(),
}) as never;

interface Settings {
  autoregressor: Partial<GenerationSettings>;
  renderer: RenderSettings;
  animator: ClipSettings;
}
const schemas: { readonly [K in keyof Settings]: z.ZodType<Settings[K]> } = {
  autoregressor,
  renderer,
  animator,
};

/** A model's `generation_config.json`; without the file, or without a key, what is usual. Unknown keys are errors. */
export async function generationConfig<K extends keyof Settings>(
  preset: Preset,
  model: K,
): Promise<Settings[K]> {
  const where = `preset '${preset.name}', ${model}/generation_config.json`;
  const json = (await optionalConfig(preset, model, 'generation_config.json')) ?? {};
  return parseConfig(schemas[model], withoutVersion(json, where), where);
}

/** A config file of the preset, or undefined where there is none. */
export async function optionalConfig(
  preset: Preset,
  part: string,
  file: string,
): Promise<Awaited<ReturnType<Preset['config']>> | undefined> {
  try {
    return await preset.config(part, file);
  } catch (error) {
    if (error instanceof PresetError) return undefined;
    throw error;
  }
}
