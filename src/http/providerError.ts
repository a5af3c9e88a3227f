import { type ErrorCode, type ErrorDetails, MovieDreamerError } from '../base/index.ts';

/** A model elsewhere that did not give what was asked for. What is finished is kept, and so is the order in run.json. */
export class ProviderError extends MovieDreamerError {
  static override readonly kind: string = 'ProviderError';
  static override readonly code: ErrorCode = 'PROVIDER_FAILED';

  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(message: string, { status, ...details }: ErrorDetails & { status?: number | undefined } = {}) {
    super(message, details);
    this.status = status;
  }
}
