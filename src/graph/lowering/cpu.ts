import { caches } from './cache.ts';
import { convolutions } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import type { LoweringTable } from './lowering.ts';
import { nBits } from './nBits.ts';
import { norms } from './norm.ts';
import { products } from './product.ts';
import { reductions } from './reduce.ts';
import { shapes } from './shape.ts';

/** The CPU provider's lowerings; other providers override single entries. */
export const cpuLowering: LoweringTable = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...products,
  ...convolutions,
  ...norms,
  ...nBits,
  ...caches,
};
