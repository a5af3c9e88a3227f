import { gemmNBits, type LinearRule, type NBitsAttributes, ones, type Shape, zeros } from '../graph/index.ts';

/** Values that share a scale in quantised weights. */
export const quantizationBlock = 32;

/** Name of the tensor that holds the packed values of the quantised weight `weight`. */
export const packedName = (weight: string): string => `${weight}_packed`;
/** Name of the tensor that holds the scales of the quantised weight `weight`. */
export const scalesName = (weight: string): string => `${weight}_scales`;

/**
 * Computes linear layers with quantised weights where the checkpoint holds them: `weight_packed` uint8
 * [out, in / 32, bytes of a block] and `weight_scales` float32 [out * in / 32] in the place of `weight` [out, in].
 * @param shapeOf shape of a stored tensor, undefined where the checkpoint has none of that name
 * @param computeOf what the layer of a path multiplies in: `int8` is about twice as fast, and holds 0.75 instead of 0.5
 * bytes for a value of 4 bits
 */
export function quantizedLinear(
  shapeOf: (name: string) => Shape | undefined,
  computeOf: (path: string) => NBitsAttributes['compute'],
): LinearRule {
  return (p, rows, out, plain) => {
    const inner = rows.dim(1);
    const stored = shapeOf(packedName(`${p.path}.weight`));
    if (!stored) return plain();
    const bits = (stored[2] as number) * 8 === quantizationBlock * 4 ? 4 : 8;
    const blocks = inner / quantizationBlock;
    const shape = [out, blocks, (quantizationBlock * bits) / 8];
    const packed = p.param(packedName('weight'), shape, zeros, 'uint8');
    const scales = p.param(scalesName('weight'), [out * blocks], ones);
    return gemmNBits(
      rows,
      { packed, scales },
      { bits, block: quantizationBlock, compute: computeOf(p.path) },
    );
  };
}
