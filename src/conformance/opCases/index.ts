import type { OpName } from '../../graph/index.ts';
import { elementwiseCases } from './elementwise.ts';
import { inferenceCases } from './inference.ts';
import { normCases } from './norm.ts';
import type { OpCases } from './opCase.ts';
import { productCases } from './product.ts';
import { shapeCases } from './shape.ts';

export { draw, toHost } from './draw.ts';
export type { InputSpec, OpCase, OpCases } from './opCase.ts';

/**
 * Cases of every op with what is true of them: the tests check values and gradients against it, and `doctor` a device
 * against the CPU. A mapped type over all ops: an op without cases does not compile.
 */
export const opCases: OpCases<OpName> = {
  ...elementwiseCases,
  ...shapeCases,
  ...productCases,
  ...normCases,
  ...inferenceCases,
};
