/** A learning-rate schedule; steps count from 0. */
export interface LearningRateSchedule {
  /** The rate at its highest. */
  readonly peak: number;
  /** Steps of linear warm-up from 0. */
  readonly warmup: number;
  /** `constant` after the warm-up, or `cosine` down to `final` at the last step. */
  readonly kind: 'constant' | 'cosine';
  /** Last rate of the cosine; 0 by default. */
  readonly final?: number;
}

/** The learning rate of one step of `total`. */
export function learningRate(schedule: LearningRateSchedule, step: number, total: number): number {
  const { peak, warmup, kind, final = 0 } = schedule;
  if (step < warmup) return (peak * (step + 1)) / warmup;
  if (kind === 'constant') return peak;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return final + (peak - final) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
