import { z } from 'zod';
import { type SamplerName, samplerNames } from '../../inference/index.ts';
import type { PictureCheck } from '../checks/verdict.ts';

/** What a person may choose beside the script; what is left out is the preset's. */
export interface RunSettings {
  /** Denoising steps of keyframes, from 0: see `RenderSettings.steps`. */
  readonly steps?: number | undefined;
  readonly guidance?: number | undefined;
  readonly sampler?: SamplerName | undefined;
  /** Denoising steps of clips. */
  readonly clipSteps?: number | undefined;
  readonly anchor?: 'keyframe' | 'last-frame' | undefined;
  /** Bytes that a stage may take: decides the forms of models, see `planMemory`. */
  readonly memory?: number | undefined;
}
export type SettingName = keyof RunSettings;

/** Days (YYYY-MM-DD) on which settings were given. */
export type SettingDates = Readonly<Partial<Record<SettingName, string>>>;

/** A finished file: the key of all that it was made from, and the hash of its bytes. */
export interface Finished {
  readonly key: string;
  readonly sha256: string;
  /** What the key is the hash of, shortened: to say later what has changed. Missing in films of version 1. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  /** What the maker tells of the file: missing for ours, which make the same bytes again. */
  readonly provenance?: unknown;
}

/** Who was seen in a keyframe or clip. */
export interface ShotCheck {
  /** The hash of all that the verdict depends on. */
  readonly key: string;
  /** SHA-256 of the file that was looked at. */
  readonly of: string;
  /** Whether all pictures pass. */
  readonly passes: boolean;
  /** The keyframe; of a clip its first, middle and last frame. */
  readonly pictures: readonly PictureCheck[];
}

/** What is known of a shot, under an id that stays: takes, settings, random streams and file names hang on it. */
export interface ShotState {
  readonly id: string;
  /** What the script calls the shot, where that is not its id: it was named after it had been made. */
  name?: string | undefined;
  /** What the script said when the film was last brought up to date, to find the shot again in a changed one. */
  script?: { readonly key: string; readonly text: string } | undefined;
  /** How often the shot was rerolled: another take is another seed. */
  take: number;
  /** Settings that were given for this shot alone. */
  settings: RunSettings;
  settingDates?: SettingDates | undefined;
  /** The key of its tokens where they stay although shots before it have changed. */
  held?: string | undefined;
  keyframe?: Finished | undefined;
  clip?: Finished | undefined;
  /** Missing in films of before there were checks, and of presets without a face detector. */
  checks?: { readonly keyframe?: ShotCheck | undefined; readonly clip?: ShotCheck | undefined } | undefined;
}

/** `run.json`: everything that resuming must know. It holds no times of day and no paths but the script's. */
export interface RunState {
  readonly format: typeof runFormat;
  versions: Record<string, string>;
  script: { file: string; key: string };
  preset: string;
  /** Fingerprints of the models' configs and weights. */
  weights: Record<string, string>;
  seed: number;
  settings: RunSettings;
  settingDates?: SettingDates | undefined;
  /** In the script's order. */
  shots: ShotState[];
  /** Ids of the shots that a reroll under way has given a new take already: stopped and repeated, it is one reroll. */
  rerolling?: string[] | undefined;
  movie?: Finished | undefined;
}

/** The version of `run.json` that this program writes; `migrations.ts` reads earlier ones. */
export const runVersion = 2;
export const runFormat = 'moviedreamer-run-2';

const finished: z.ZodType<Finished> = z.strictObject({
  key: z.string(),
  sha256: z.string(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  provenance: z.unknown().optional(),
});
const settings = z.strictObject({
  steps: z.number().int().nonnegative().optional(),
  guidance: z.number().nonnegative().optional(),
  sampler: z.enum(samplerNames).optional(),
  clipSteps: z.number().int().positive().optional(),
  anchor: z.enum(['keyframe', 'last-frame']).optional(),
  memory: z.number().positive().optional(),
});
export const settingNames: readonly SettingName[] = Object.keys(settings.shape) as SettingName[];
const settingDates = z.partialRecord(z.enum(settingNames), z.string()).optional();

const check: z.ZodType<ShotCheck> = z.strictObject({
  key: z.string(),
  of: z.string(),
  passes: z.boolean(),
  pictures: z.array(
    z.strictObject({
      frame: z.number().int().nonnegative(),
      size: z.tuple([z.number(), z.number()]),
      faces: z.array(
        z.strictObject({
          box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
          score: z.number(),
          character: z.string().nullable(),
          cosine: z.number().nullable(),
        }),
      ),
      missing: z.array(z.string()),
      unexpected: z.array(z.string()),
      strangers: z.number().int().nonnegative(),
      passes: z.boolean(),
    }),
  ),
});

const shot: z.ZodType<ShotState> = z.strictObject({
  id: z.string().min(1),
  name: z.string().optional(),
  script: z.strictObject({ key: z.string(), text: z.string() }).optional(),
  take: z.number().int().nonnegative(),
  settings,
  settingDates,
  held: z.string().optional(),
  keyframe: finished.optional(),
  clip: finished.optional(),
  checks: z.strictObject({ keyframe: check.optional(), clip: check.optional() }).optional(),
});

export const runState: z.ZodType<RunState> = z.strictObject({
  format: z.literal(runFormat),
  versions: z.record(z.string(), z.string()),
  script: z.strictObject({ file: z.string(), key: z.string() }),
  preset: z.string(),
  weights: z.record(z.string(), z.string()),
  seed: z.number().int().nonnegative(),
  settings,
  settingDates,
  shots: z.array(shot),
  rerolling: z.array(z.string()).optional(),
  movie: finished.optional(),
});

/** A shot of which nothing is made yet. */
export const newShotState = (id: string): ShotState => ({ id, take: 0, settings: {} });

/** What a shot is called in events and lists: as in the script, else by its id. */
export const shotLabel = ({ id, name }: ShotState): string => name ?? id;
