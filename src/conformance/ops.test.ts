import { describe, test } from 'vitest';
import type { OpName } from '../graph/index.ts';
import { checkOp } from '../testing/checkOp.ts';
import { opCases } from './opCases/index.ts';

describe.each(Object.entries(opCases))('%s', (op, list) => {
  for (const c of list) test(c.name, () => checkOp(op as OpName, c));
});
