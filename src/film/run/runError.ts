import { type ErrorCode, MovieDreamerError } from '../../base/index.ts';

/** A film that cannot be made as asked. The message says what to do. */
export class RunError extends MovieDreamerError {
  static override readonly kind: string = 'RunError';
  static override readonly code: ErrorCode = 'RUN_REFUSED';
}
