import {
  abs,
  add,
  describe,
  div,
  exp,
  GraphError,
  log,
  logSumExp,
  maximum,
  mul,
  neg,
  reshape,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import { type GaussianMixtureConfig, headSize, type ScaleParametrisation } from './config.ts';

// Legend: k mixture components, d token width; `...` are any leading axes (batch, position).

/** A mixture of k Gaussians with diagonal covariances for every leading index. */
export interface Mixture {
  /** Unnormalised log weights [..., k]. */
  readonly logits: Tensor;
  /** Means of the components [..., k, d]. */
  readonly location: Tensor;
  /** Standard deviations of the components [..., k, d]. */
  readonly std: Tensor;
}

/**
 * Reads raw head outputs [..., k (2 d + 1)] as a mixture (Tschannen et al., 2024, GIVT; paper, appendix A).
 * Throws `GraphError` where the last axis has another size.
 */
export function mixtureOf(raw: Tensor, config: GaussianMixtureConfig): Mixture {
  const { components: k, dim: d, layout } = config;
  if (raw.dim(-1) !== headSize(config)) {
    throw new GraphError(
      `mixtureOf: ${k} components of width ${d} need ${headSize(config)} raw values on the last axis, got ${describe(raw)}`,
    );
  }
  const lead = raw.shape.slice(0, -1);
  const part = (from: number, size: number, shape: readonly number[]): Tensor =>
    reshape(slice(raw, -1, from, from + size), [...lead, ...shape]);
  if (layout === 'means-first') {
    const location = part(0, k * d, [k, d]);
    const std = standardDeviation(part(k * d, k * d, [k, d]), config.scale, config.floor);
    return { logits: part(2 * k * d, k, [k]), location, std };
  }
  const pairs = part(k, 2 * k * d, [k, 2, d]);
  const half = (i: number): Tensor => reshape(slice(pairs, -2, i, i + 1), [...lead, k, d]);
  return {
    logits: part(0, k, [k]),
    location: half(0),
    std: standardDeviation(half(1), config.scale, config.floor),
  };
}

/**
 * Standard deviations from raw scales, elementwise.
 * - `squareplus`: max((x + sqrt(x^2 + 4)) / 2, floor), GIVT's choice.
 * - `softplus_std`: softplus(x) + floor.  - `softplus_var`: sqrt(softplus(x) + floor).  - `exp_var`: exp(x / 2).
 */
export function standardDeviation(raw: Tensor, kind: ScaleParametrisation, floor: number): Tensor {
  switch (kind) {
    case 'squareplus': {
      // Written as (x + |x|) / 2 + 2 / (sqrt(x^2 + 4) + |x|): the same value without the cancellation that costs
      // the textbook form all its digits at large negative x; the derivative at 0 is the true 1/2.
      const size = abs(raw);
      const tail = div(2, add(sqrt(add(square(raw), 4)), size));
      return maximum(add(mul(add(raw, size), 0.5), tail), floor);
    }
    case 'softplus_std':
      return add(softplus(raw), floor);
    case 'softplus_var':
      return sqrt(add(softplus(raw), floor));
    case 'exp_var':
      return exp(mul(raw, 0.5));
  }
}

/** Normalised mixture weights [..., k]. */
export function mixtureWeights(mixture: Mixture): Tensor {
  return softmax(mixture.logits, -1);
}

/** Mean of the whole mixture, the sum of weights times locations [..., d]. */
export function mixtureMean(mixture: Mixture): Tensor {
  const weights = mixtureWeights(mixture);
  return sum(mul(reshape(weights, [...weights.shape, 1]), mixture.location), { axes: [-2] });
}

/**
 * Negative log-likelihood of a token, -log sum_j w_j prod_c N(x_c; m_jc, s_jc^2) [...], with the constant
 * d/2 log(2 pi) (paper, equation 7; not yet divided by d). Log-sum-exp throughout: at the widths of the paper
 * every single density underflows.
 * @param target [..., d]
 */
export function negativeLogLikelihood(mixture: Mixture, target: Tensor): Tensor {
  const { logits, location, std } = mixture;
  const d = location.dim(-1);
  const expected = [...location.shape.slice(0, -2), d];
  if (target.shape.join() !== expected.join()) {
    throw new GraphError(`negativeLogLikelihood: expected a target [${expected}], got ${describe(target)}`);
  }
  const x = reshape(target, [...target.shape.slice(0, -1), 1, d]); // [..., 1, d]
  const z = div(sub(x, location), std); // [..., k, d]
  const exponent = mul(sum(square(z), { axes: [-1] }), -0.5); // [..., k]
  const volume = add(sum(log(std), { axes: [-1] }), 0.5 * d * Math.log(2 * Math.PI)); // [..., k]
  const logWeights = sub(logits, logSumExp(logits, -1, true)); // [..., k]
  return neg(logSumExp(add(logWeights, sub(exponent, volume)), -1)); // [...]
}
