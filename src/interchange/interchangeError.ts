import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** A film that cannot be written in a format, or a file of an editor that cannot be read. */
export class InterchangeError extends MovieDreamerError {
  static override readonly kind: string = 'InterchangeError';
  static override readonly code: ErrorCode = 'INTERCHANGE_REFUSED';
}
