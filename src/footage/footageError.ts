import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** Films, settings or a file of a data set that cannot be worked with. */
export class FootageError extends MovieDreamerError {
  static override readonly kind: string = 'FootageError';
  static override readonly code: ErrorCode = 'FOOTAGE_REFUSED';
}
