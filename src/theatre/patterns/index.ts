import { group } from './group.ts';
import { none } from './none.ts';
import { one } from './one.ts';
import type { Pattern } from './pattern.ts';
import { two } from './two.ts';

export type { Pattern } from './pattern.ts';
export { small as carried } from './pattern.ts';
export { placePhrases } from './places.ts';

/** Every sentence pattern. */
export const patterns: readonly Pattern[] = [...none, ...one, ...two, ...group];
