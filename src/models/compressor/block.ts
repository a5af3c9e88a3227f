import { add, gelu, type Scope, type Tensor } from '../../graph/index.ts';
import { attention, layerNorm, linear, mergeHeads, splitHeads } from '../../nn/index.ts';

const EPSILON = 1e-5;

/** A pre-norm ViT block (Dosovitskiy et al., 2021), parameter names as in transformers' CLIP. x [b, t, c] -> [b, t, c]. */
export function transformerBlock(p: Scope, x: Tensor, heads: number, mlpRatio: number): Tensor {
  return p.block([x], () => {
    const h = add(x, selfAttention(p.at('self_attn'), layerNorm(p.at('layer_norm1'), x, EPSILON), heads));
    return add(h, mlp(p.at('mlp'), layerNorm(p.at('layer_norm2'), h, EPSILON), mlpRatio));
  });
}

function selfAttention(p: Scope, x: Tensor, heads: number): Tensor {
  const c = x.dim(-1);
  const project = (name: string): Tensor => splitHeads(linear(p.at(name), x, c), heads); // [b, heads, t, d]
  return linear(
    p.at('out_proj'),
    mergeHeads(attention(project('q_proj'), project('k_proj'), project('v_proj'))),
    c,
  );
}

function mlp(p: Scope, x: Tensor, ratio: number): Tensor {
  const c = x.dim(-1);
  return linear(p.at('fc2'), gelu(linear(p.at('fc1'), x, Math.round(c * ratio))), c);
}
