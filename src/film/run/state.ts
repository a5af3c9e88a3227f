import { z } from 'zod';
import { type SamplerName, samplerNames } from '../../inference/index.ts';

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

/** A finished file: the key of all that it was made from, and the hash of its bytes. */
export interface Finished {
  readonly key: string;
  readonly sha256: string;
}

export interface ShotState {
  /** How often the shot was rerolled: another take is another seed. */
  take: number;
  /** Settings that were given for this shot alone. */
  settings: RunSettings;
  keyframe?: Finished | undefined;
  clip?: Finished | undefined;
}

/** `run.json`: everything that resuming must know. It holds no times and no paths but the script's. */
export interface RunState {
  readonly format: typeof runFormat;
  versions: Record<string, string>;
  script: { file: string; key: string };
  preset: string;
  /** Fingerprints of the models' configs and weights. */
  weights: Record<string, string>;
  seed: number;
  settings: RunSettings;
  shots: ShotState[];
  /** The shots that a reroll under way has given a new take already: stopped and repeated, it is one reroll. */
  rerolling?: number[] | undefined;
  movie?: Finished | undefined;
}

export const runFormat = 'moviedreamer-run-1';

const finished = z.strictObject({ key: z.string(), sha256: z.string() });
const settings = z.strictObject({
  steps: z.number().int().nonnegative().optional(),
  guidance: z.number().nonnegative().optional(),
  sampler: z.enum(samplerNames).optional(),
  clipSteps: z.number().int().positive().optional(),
  anchor: z.enum(['keyframe', 'last-frame']).optional(),
  memory: z.number().positive().optional(),
});

export const runState: z.ZodType<RunState> = z.strictObject({
  format: z.literal(runFormat),
  versions: z.record(z.string(), z.string()),
  script: z.strictObject({ file: z.string(), key: z.string() }),
  preset: z.string(),
  weights: z.record(z.string(), z.string()),
  seed: z.number().int().nonnegative(),
  settings,
  shots: z.array(
    z.strictObject({
      take: z.number().int().nonnegative(),
      settings,
      keyframe: finished.optional(),
      clip: finished.optional(),
    }),
  ),
  rerolling: z.array(z.number().int().positive()).optional(),
  movie: finished.optional(),
});
