import { add, gemm, type LinearRule, mul, uniform, zeros } from '../graph/index.ts';

/** The low-rank adapter of one linear layer, whose product gains `scale * (x Aᵀ) Bᵀ`. */
export interface LoraLayer {
  /** Rows of A, columns of B. */
  readonly r: number;
  /** Factor of the update: alpha / r, or alpha / sqrt(r). */
  readonly scale: number;
}

/** Whether a parameter belongs to an adapter: `<path>.lora_A.weight` [r, in], `<path>.lora_B.weight` [out, r]. */
export const isLora = (name: string): boolean => /\.lora_[AB]\.weight$/.test(name);

/** Whether a target means the layer at a path: the whole of it, or its last components (`to_q`, `to_out.0`), as in PEFT. */
export const isTarget = (path: string, target: string): boolean =>
  path === target || path.endsWith(`.${target}`);

/**
 * Low-rank adapters beside linear layers (Hu et al., 2021). A starts as PEFT draws it (Kaiming's uniform with a = sqrt 5,
 * which is torch's own for a linear layer), B at zero: an untrained adapter changes nothing.
 * @param layerOf the adapter of the layer at a path, undefined where it has none
 */
export function lora(layerOf: (path: string) => LoraLayer | undefined): LinearRule {
  return (p, rows, out, plain) => {
    const layer = layerOf(p.path);
    if (!layer) return plain();
    const inner = rows.dim(1);
    const a = p.param('lora_A.weight', [layer.r, inner], uniform(1 / Math.sqrt(inner)));
    const b = p.param('lora_B.weight', [out, layer.r], zeros);
    const low = mul(gemm(rows, a, { transB: true }), layer.scale); // [n, r]
    return add(plain(), gemm(low, b, { transB: true }));
  };
}

/** `outer` over what `inner` computes: adapters beside quantised weights, say. */
export function composeLinear(outer: LinearRule, inner: LinearRule | undefined): LinearRule {
  if (!inner) return outer;
  return (p, rows, out, plain) => outer(p, rows, out, () => inner(p, rows, out, plain));
}
