import { gather, normal, reshape, type Scope, type Tensor, zeros } from '../../graph/index.ts';
import { linear } from '../../nn/index.ts';
import { headSize } from '../gaussianMixture/index.ts';
import type { AutoregressorConfig } from './config.ts';

/** Deviation of the fresh bias. Were it zero like the kernel, all components would be one and stay so. */
const BIAS_STD = 0.1;

/**
 * The mixture head in the place of LLaMA's output layer (paper, appendix A), at chosen positions only. The kernel
 * starts at zero (GIVT), the bias at small random numbers. Parameters: `gmm_head.weight` [k (2 d + 1), hiddenSize],
 * `gmm_head.bias`.
 * @param hidden the language model's last hidden state [b, t, hiddenSize]
 * @param positions int64 [n], position t of row b counted as b * length + t
 * @returns raw head outputs [n, k (2 d + 1)]; see `mixtureOf`
 */
export function mixtureHead(
  p: Scope,
  config: AutoregressorConfig,
  hidden: Tensor,
  positions: Tensor,
): Tensor {
  const { hiddenSize } = config.llama;
  const out = headSize(config.mixture);
  const head = p.at('gmm_head');
  const rows = gather(reshape(hidden, [-1, hiddenSize]), positions); // [n, hiddenSize]
  return linear(head, rows, out, { init: zeros, biasInit: normal(BIAS_STD) });
}
