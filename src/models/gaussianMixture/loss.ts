import {
  abs,
  add,
  constant,
  div,
  f32,
  maximum,
  mul,
  square,
  sub,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import type { GaussianMixtureConfig } from './config.ts';
import { mixtureMean, mixtureOf, negativeLogLikelihood } from './mixture.ts';

/**
 * Which terms are summed: the paper's equation 4, and its ablations (Table 1 `noC` = `l1+l2`; Table 4 `Con` = `nll`).
 * Without `nll` nothing trains the standard deviations: such a model is decoded with the mixture mean.
 */
export type MixtureLossKind = 'nll+l1+l2' | 'l1+l2' | 'nll';

/** A loss over a Gaussian mixture. */
export interface MixtureLoss {
  /** The sum of the terms that were asked for, shape []. */
  readonly loss: Tensor;
  /** Mean negative log-likelihood divided by d (paper, equation 9). */
  readonly nll: Tensor;
  /** Mean absolute difference between the mixture mean and the target. */
  readonly l1: Tensor;
  /** Mean squared difference between the mixture mean and the target. */
  readonly l2: Tensor;
}

/** Options of the mixture’s loss. */
export interface MixtureLossOptions {
  /** Which loss. */
  readonly kind?: MixtureLossKind;
  /** 1 for rows that count, 0 for padding [n]; all rows count by default. */
  readonly weights?: Tensor;
}

/**
 * The autoregressor's loss over n tokens (paper, equations 4 and 9). The prediction in l1 and l2 is the mixture
 * mean. All three terms are means over the counted tokens and their d channels, so that their sizes compare.
 * The terms that `kind` leaves out are still returned, for logging.
 * @param raw head outputs [n, k (2 d + 1)]
 * @param target tokens [n, d]
 */
export function mixtureLoss(
  raw: Tensor,
  target: Tensor,
  config: GaussianMixtureConfig,
  { kind = 'nll+l1+l2', weights }: MixtureLossOptions = {},
): MixtureLoss {
  const n = target.dim(0);
  const mixture = mixtureOf(raw, config);
  const w = weights ?? constant(f32(new Float32Array(n).fill(1), [n]));
  const count = maximum(sum(w), 1); // a batch without a target has loss 0, not NaN
  const difference = sub(mixtureMean(mixture), target); // [n, d]
  const mean = (perRow: Tensor): Tensor => div(sum(mul(perRow, w)), mul(count, config.dim));
  const nll = mean(negativeLogLikelihood(mixture, target));
  const l1 = mean(sum(abs(difference), { axes: [-1] }));
  const l2 = mean(sum(square(difference), { axes: [-1] }));
  const distance = add(l1, l2);
  const loss = kind === 'nll' ? nll : kind === 'l1+l2' ? distance : add(nll, distance);
  return { loss, nll, l1, l2 };
}
