import { z } from 'zod';
import { type SamplerName, samplerNames } from '../../inference/index.ts';
import type { PictureCheck } from '../checks/verdict.ts';

/** User-selectable settings. Omitted fields use the preset's defaults. */
export interface RunSettings {
  /** Denoising steps of keyframes, an integer from 0; see `RenderSettings.steps`. */
  readonly steps?: number | undefined;
  /** Scale of classifier-free guidance of keyframes, from 0; 1 computes no unconditional prediction. */
  readonly guidance?: number | undefined;
  /** Sampler of keyframes. */
  readonly sampler?: SamplerName | undefined;
  /** Denoising steps of clips, an integer from 1. */
  readonly clipSteps?: number | undefined;
  /** Source of the image embedding for each further segment of a clip: the keyframe, or the last frame before the segment. */
  readonly anchor?: 'keyframe' | 'last-frame' | undefined;
  /** Memory budget of a stage in bytes: selects the numeric form of each model. */
  readonly memory?: number | undefined;
}
/** Name of a setting. */
export type SettingName = keyof RunSettings;

/** Days (YYYY-MM-DD) on which settings were given. */
export type SettingDates = Readonly<Partial<Record<SettingName, string>>>;

/** A finished file: the key of all that it was made from, and the hash of its bytes. */
export interface Finished {
  readonly key: string;
  readonly sha256: string;
  /** What the key is the hash of, shortened: to say later what has changed. Missing in films of version 1. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  /** Metadata from the maker; missing for local makers, which reproduce the same bytes. */
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

/** A take of a keyframe that is kept. */
export interface TakeState {
  /** From 0, as `ShotState.take`. */
  readonly take: number;
  /** See `takesBasis`: takes of another are of no use any more. */
  readonly basis: string;
  readonly keyframe: Finished;
  /** Missing where nobody has looked at it yet. */
  readonly check?: ShotCheck | undefined;
}

/** State of a shot. Its id never changes: takes, settings, random streams and file names refer to it. */
export interface ShotState {
  readonly id: string;
  /** What the script calls the shot, where that is not its id: it was named after it had been made. */
  name?: string | undefined;
  /** The shot's part of the script at the last update of the film: identifies the shot in a changed script. */
  script?: { readonly key: string; readonly text: string } | undefined;
  /** Which take is shown, from 0: another take is another draw of the same shot. */
  take: number;
  /** All takes that are kept, in the order of their numbers; missing where there is only the one that is shown. */
  takes?: readonly TakeState[] | undefined;
  /** Whether the take was chosen by hand: then no check chooses another one. */
  isChosen?: boolean | undefined;
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

/** Content of `run.json`: everything that resuming needs. It holds no times of day and no path but the script's. */
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
  /** How models elsewhere were chosen, without secrets; missing where the preset's own made the film. */
  models?: unknown;
  /** Requests to models elsewhere whose results are not in the folder, by the ids of their jobs. */
  orders?: Record<string, OrderState> | undefined;
  /** All requests that cost something or may have, in the order in which they were made. */
  ledger?: LedgerEntry[] | undefined;
}

/** A request to a model elsewhere. Without `handle` and `refused` it may or may not have been heard. */
export interface OrderState {
  /** The key of the job. */
  readonly key: string;
  /** What finds it again. */
  readonly handle?: unknown;
  /** The words with which the model refused it. */
  readonly refused?: string | undefined;
}

export interface LedgerEntry {
  /** Id of the job: `keyframe:3`. */
  readonly job: string;
  readonly key: string;
  /** The maker's id. */
  readonly maker: string;
  readonly price: number;
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

const take: z.ZodType<TakeState> = z.strictObject({
  take: z.number().int().nonnegative(),
  basis: z.string(),
  keyframe: finished,
  check: check.optional(),
});

const shot: z.ZodType<ShotState> = z.strictObject({
  id: z.string().min(1),
  name: z.string().optional(),
  script: z.strictObject({ key: z.string(), text: z.string() }).optional(),
  take: z.number().int().nonnegative(),
  takes: z.array(take).optional(),
  isChosen: z.boolean().optional(),
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
  models: z.unknown().optional(),
  orders: z
    .record(
      z.string(),
      z.strictObject({ key: z.string(), handle: z.unknown().optional(), refused: z.string().optional() }),
    )
    .optional(),
  ledger: z
    .array(
      z.strictObject({
        job: z.string(),
        key: z.string(),
        maker: z.string(),
        price: z.number().nonnegative(),
      }),
    )
    .optional(),
});

/** A shot of which nothing is made yet. */
export const newShotState = (id: string): ShotState => ({ id, take: 0, settings: {} });

/** Label of a shot in events and lists: its name in the script, otherwise its id. */
export const shotLabel = ({ id, name }: ShotState): string => name ?? id;
