import { describe, test } from 'vitest';
import type { OpName } from '../graph/index.ts';
import { elementwiseCases } from './testing/casesElementwise.ts';
import { inferenceCases } from './testing/casesInference.ts';
import { normCases } from './testing/casesNorm.ts';
import { productCases } from './testing/casesProduct.ts';
import { shapeCases } from './testing/casesShape.ts';
import { checkOp } from './testing/checkOp.ts';
import type { OpCases } from './testing/opCase.ts';

// A mapped type over all ops: an op without cases does not compile.
const cases: OpCases<OpName> = {
  ...elementwiseCases,
  ...shapeCases,
  ...productCases,
  ...normCases,
  ...inferenceCases,
};

describe.each(Object.entries(cases))('%s', (op, list) => {
  for (const c of list) test(c.name, () => checkOp(op as OpName, c));
});
