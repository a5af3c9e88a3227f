import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** A file that cannot be signed as asked, or whose credentials cannot be read. */
export class CredentialsError extends MovieDreamerError {
  static override readonly kind: string = 'CredentialsError';
  static override readonly code: ErrorCode = 'CREDENTIALS_REFUSED';
}
