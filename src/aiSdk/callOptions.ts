import { z } from 'zod';
import { RunError } from '../film/index.ts';
import { keyframeSize, type RenderSettings, samplerNames } from '../inference/index.ts';
import type { Preset } from '../presets/index.ts';
import type { CallFile, CallWarning } from './spec.ts';

/** A person of a keyframe. */
export interface CallCharacter {
  /** As the prompt names them. */
  name: string;
  /** A picture of the face: its bytes, base64, or a data URL. Default: the next picture of the prompt. */
  portrait?: Uint8Array | string | undefined;
  /** What they look like. Default: 'A person.' */
  description?: string | undefined;
  /** Their face in this picture, such as 'smiling'. */
  expression?: string | undefined;
}

/** `providerOptions.moviedreamer` of a call. */
export interface MovieDreamerCallOptions {
  /** Who is in the picture, at most 5. Default: those whom the prompt's pictures show. */
  characters?: CallCharacter[] | undefined;
  /** The scene: place, time of day, framing; a phrase each. */
  elements?: string[] | undefined;
  /** A whole number from 0, where the call itself gives none. Default 0. */
  seed?: number | undefined;
  /** Denoising steps of the keyframe. Default: the preset's. */
  steps?: number | undefined;
  /** Classifier-free guidance of the keyframe. Default: the preset's. */
  guidance?: number | undefined;
  /** Sampler of the keyframe. Default: the preset's. */
  sampler?: RenderSettings['sampler'];
}

const options = z
  .strictObject({
    characters: z.array(
      z
        .strictObject({ portrait: z.union([z.instanceof(Uint8Array), z.string().min(1)]) })
        .partial()
        .extend({ name: z.string(), description: z.string().optional(), expression: z.string().optional() }),
    ),
    elements: z.array(z.string()),
    seed: z.int().min(0),
    steps: z.int().min(0),
    guidance: z.number().min(0),
    sampler: z.enum(samplerNames),
  })
  .partial();

/** The options of a call that are ours. @throws RunError for one that is unknown or of another type */
export function callOptions(all: Readonly<Record<string, unknown>> | undefined): MovieDreamerCallOptions {
  const result = options.safeParse(all?.moviedreamer ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = ['providerOptions', 'moviedreamer', ...(issue?.path ?? [])].join('.');
  throw new RunError(`${path}: ${issue?.message}; the options are ${Object.keys(options.shape).join(', ')}`);
}

/** The seed of a call. @throws RunError where it is none */
export function seedOf(seed: number | undefined, own: MovieDreamerCallOptions): number {
  const chosen = seed ?? own.seed ?? 0;
  if (Number.isSafeInteger(chosen) && chosen >= 0) return chosen;
  throw new RunError(
    `seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${chosen}; leave it out for 0`,
  );
}

/** The bytes of a picture that was given along. @throws RunError where it is an address, or no base64 */
export function bytesOf(file: CallFile | Uint8Array | string, what: string): Uint8Array {
  if (file instanceof Uint8Array) return file;
  if (typeof file === 'string') return decoded(file, what);
  if (file.type === 'file')
    return typeof file.data === 'string' ? decoded(file.data, what) : new Uint8Array(file.data);
  throw new RunError(
    `${what} is the address ${file.url}; moviedreamer fetches nothing: give the bytes of the picture`,
  );
}

function decoded(text: string, what: string): Uint8Array {
  const base64 = text.startsWith('data:') ? text.slice(text.indexOf(',') + 1) : text;
  if (/^[A-Za-z0-9+/_-]+=*\s*$/.test(base64)) return new Uint8Array(Buffer.from(base64, 'base64'));
  const start = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new RunError(`${what} is "${start}", no base64 and no data URL; give the bytes of the picture`);
}

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const LARGEST = 8192;

/**
 * The size that a call asks for, with a warning where the preset draws another one.
 * @param feature name of the setting in warnings
 * @param step both are multiples of it: 2 for films
 */
export async function sizeOf(
  preset: Preset,
  { size, aspectRatio }: { readonly size: string | undefined; readonly aspectRatio: string | undefined },
  { feature, step }: { readonly feature: 'size' | 'resolution'; readonly step: 1 | 2 },
): Promise<{ readonly size: Size; readonly warnings: CallWarning[] }> {
  const own = await keyframeSize(preset);
  const asked = size === undefined ? ofRatio(own, aspectRatio, step) : exact(size, feature, step);
  if (asked.width === own.width && asked.height === own.height) return { size: own, warnings: [] };
  const details = `the preset draws ${own.width}x${own.height}; cut to fit and resized to ${asked.width}x${asked.height}`;
  const name = size === undefined ? 'aspectRatio' : feature;
  return { size: asked, warnings: [{ type: 'compatibility', feature: name, details }] };
}

function exact(text: string, feature: string, step: number): Size {
  const [width = Number.NaN, height = Number.NaN] = text.split('x').map(Number);
  const fits = (n: number): boolean => Number.isInteger(n / step) && n >= 2 && n <= LARGEST;
  if (fits(width) && fits(height) && /^\d+x\d+$/.test(text)) return { width, height };
  const even = step === 2 ? 'even ' : '';
  throw new RunError(
    `${feature} must be WIDTHxHEIGHT in ${even}pixels from 2 to ${LARGEST}, such as 1280x720, got ${text}`,
  );
}

/** The largest size of a ratio within another size. */
function ofRatio(own: Size, text: string | undefined, step: number): Size {
  if (text === undefined || text === 'adaptive') return own;
  const [w = Number.NaN, h = Number.NaN] = text.split(':').map(Number);
  const isRatio = w > 0 && h > 0 && Number.isFinite(w / h) && /^[\d.]+:[\d.]+$/.test(text);
  if (!isRatio) throw new RunError(`aspectRatio must be WIDTH:HEIGHT, such as 16:9, got ${text}`);
  const whole = (n: number): number => Math.max(2, step * Math.round(n / step));
  return w / h > own.width / own.height
    ? { width: own.width, height: whole((own.width * h) / w) }
    : { width: whole((own.height * w) / h), height: own.height };
}
