import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** Checkpoints that cannot be found, understood or fetched; the message says what mends it. */
export class HubError extends MovieDreamerError {
  static override readonly kind: string = 'HubError';
  static override readonly code: ErrorCode = 'HUB_FAILED';
}
