import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import { ProviderError } from '../http/index.ts';

/** A request whose answer is lost, at a server that cannot be asked whether it heard it. */
export const uncertain = (who: string, cause?: unknown): ProviderError =>
  new ProviderError(
    `${who}: the request was sent and its answer is lost (the program was ended, or the connection); it may have been paid for. ` +
      'Look at the provider whether it was made; --order-again SHOT orders it anew',
    { code: 'ORDER_UNCERTAIN', cause },
  );

/** A file of models, or a workflow that it names, that cannot be used; a line for each problem. */
export class ModelsFileError extends MovieDreamerError {
  static override readonly kind: string = 'ModelsFileError';
  static override readonly code: ErrorCode = 'MODELS_INVALID';
}
