/** What the ablations are trained and measured on. All of it is part of the cache's keys. */
export interface AblationSettings {
  /** Trainings of each variant, from the seeds `seed`, `seed + 1`, ... */
  readonly seeds: number;
  readonly seed: number;
  /** Factor on the number of steps of every training. */
  readonly budget: number;
  /** Episodes of the training split that variants learn from. */
  readonly trainEpisodes: number;
  /** How many of them the variants of figure 7 get: so few that they can be learned by heart. */
  readonly fewEpisodes: number;
  /** Held-out test episodes that are measured, and shots of each. */
  readonly episodes: number;
  readonly shots: number;
  /** Held-out people among whom the right one is to be found. */
  readonly people: number;
  /** True keyframes that are moved. */
  readonly clips: number;
  /** Lengths of these clips, in segments. */
  readonly segments: readonly number[];
  /** Sampling steps of these clips. */
  readonly clipSteps: readonly number[];
}

export const defaultSettings: AblationSettings = {
  seeds: 3,
  seed: 0,
  budget: 1,
  trainEpisodes: 240,
  fewEpisodes: 24,
  episodes: 6,
  shots: 16,
  people: 100,
  clips: 8,
  segments: [4, 8],
  clipSteps: [1, 4],
};

/** Steps of a training at the given factor: a whole number from 2. */
export function stepsOf(steps: number, { budget }: Pick<AblationSettings, 'budget'>): number {
  return Math.max(2, Math.round(steps * budget));
}
