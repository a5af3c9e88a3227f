import { type Lowerings, ms } from './lowering.ts';

export const caches: Lowerings<'groupQueryAttention'> = {
  groupQueryAttention: (node, { onnx, inputs }) => {
    const { heads, kvHeads, bits } = node.attributes;
    const [query, key, value, pastKey, pastValue, last, total, cos, sin, ...scales] = inputs as string[];
    const tail = bits < 32 ? ['', '', '', ...scales] : []; // position ids, attention bias, head sink
    const all = [query, key, value, pastKey, pastValue, last, total, cos, sin, ...tail] as string[];
    const quantized = bits < 32 && {
      k_quant_type: 'PER_CHANNEL',
      v_quant_type: 'PER_CHANNEL',
      kv_cache_bit_width: bits,
    };
    return onnx.node('GroupQueryAttention', all, {
      domain: ms,
      attributes: { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1, ...(quantized || {}) },
      outputs: [onnx.fresh(), onnx.fresh(), onnx.fresh()],
    });
  },
};
