/** Pictures that cannot be evaluated as asked. The message says what to do. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
