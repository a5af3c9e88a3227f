import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** Methods that cannot be compared as asked. */
export class CompareError extends MovieDreamerError {
  static override readonly kind: string = 'CompareError';
  static override readonly code: ErrorCode = 'COMPARE_REFUSED';
}
