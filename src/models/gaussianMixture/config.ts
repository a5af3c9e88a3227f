import { z } from 'zod';

/** How raw scale numbers become standard deviations; see `standardDeviation`. */
export type ScaleParametrisation = 'squareplus' | 'softplus_std' | 'softplus_var' | 'exp_var';

/**
 * Order of the `2kd + k` raw numbers of a head.
 * - `logits-first`: k mixture logits, then (k, 2, d) = for each component its location and its raw scale (GIVT).
 * - `means-first`: k locations (k, d), then k raw scales (k, d), then k mixture logits.
 */
export type MixtureLayout = 'logits-first' | 'means-first';

/** A Gaussian-mixture head with diagonal covariances (paper, appendix A). */
export interface GaussianMixtureConfig {
  /** Number of mixture components, k. The paper gives none; 16 is GIVT's. */
  readonly components: number;
  /** Width of a token, d. */
  readonly dim: number;
  /** Order of the values in the head’s output. */
  readonly layout: MixtureLayout;
  /** How raw scale numbers become standard deviations. Default `squareplus`. */
  readonly scale: ScaleParametrisation;
  /** Smallest standard deviation of `squareplus`; what is added to the value of the two softplus forms. */
  readonly floor: number;
}

/** Checks a config and fills in the defaults; only `dim` must be given. */
export const gaussianMixtureConfig: z.ZodType<GaussianMixtureConfig> = z.strictObject({
  components: z.number().int().min(1).default(16),
  dim: z.number().int().min(1),
  layout: z.enum(['logits-first', 'means-first']).default('logits-first'),
  scale: z.enum(['squareplus', 'softplus_std', 'softplus_var', 'exp_var']).default('squareplus'),
  floor: z.number().min(0).default(1e-6),
});

/** Raw head outputs per token: k (2 d + 1). */
export function headSize({ components: k, dim: d }: { components: number; dim: number }): number {
  return k * (2 * d + 1);
}
