import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** Pictures that cannot be evaluated as asked. The message says what to do. */
export class EvaluationError extends MovieDreamerError {
  static override readonly kind: string = 'EvaluationError';
  static override readonly code: ErrorCode = 'EVALUATION_REFUSED';
}
