import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** Captions and scripts that cannot be made as asked. What is done is kept. */
export class CaptionsError extends MovieDreamerError {
  static override readonly kind: string = 'CaptionsError';
  static override readonly code: ErrorCode = 'CAPTIONS_REFUSED';
}

/** The next request could cost more than what is left. */
export class BudgetError extends CaptionsError {
  static override readonly kind: string = 'BudgetError';
  static override readonly code: ErrorCode = 'BUDGET_REACHED';
}

/** A model that gave no usable answer to one request, whatever it was told; the others go on. */
export class NoAnswerError extends CaptionsError {
  static override readonly kind: string = 'NoAnswerError';
  static override readonly code: ErrorCode = 'ANSWER_UNUSABLE';
}
