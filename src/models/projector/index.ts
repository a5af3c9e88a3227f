import { gelu, type Scope, type Tensor } from '../../graph/index.ts';
import { linear } from '../../nn/index.ts';

/**
 * Two linear layers with GELU between, [..., in] -> [..., out]: brings one modality into the space of another model
 * (paper 4.1, after LLaVA's projector, whose parameter names `linear_1` and `linear_2` it keeps).
 */
export function projector(p: Scope, x: Tensor, out: number): Tensor {
  return linear(p.at('linear_2'), gelu(linear(p.at('linear_1'), x, out)), out);
}
