/** The same script made by several methods, measured and shown side by side. */

export { type BaseOptions, listMethods, type MethodState } from './base.ts';
export { type CompareEvent, type CompareOptions, compare } from './compare.ts';
export { CompareError } from './compareError.ts';
export { type MethodName, methodNames } from './method.ts';
export { bestIn, type Column, type Comparison, type ComparisonRow, type MadeFilm } from './result.ts';
