import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** A screenplay that no script can be made of. */
export class ScreenplayError extends MovieDreamerError {
  static override readonly kind: string = 'ScreenplayError';
  static override readonly code: ErrorCode = 'SCREENPLAY_REFUSED';
}
