import { type ErrorCode, MovieDreamerError } from '../base/index.ts';

/** What a `CheckpointError` is about; every part that is given appears in its message. */
export interface CheckpointErrorParts {
  /** The file or folder. */
  readonly file: string;
  /** The tensor's name, where one tensor is at fault. */
  readonly tensor?: string | undefined;
  /** What went wrong, in one clause. */
  readonly problem: string;
  /** What should be there, such as a shape or dtype. */
  readonly expected?: string | undefined;
  /** What is there instead. */
  readonly got?: string | undefined;
  /** How to mend it. */
  readonly help?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/** A checkpoint file or folder that cannot be used: says which file, which tensor, what was expected, what came. */
export class CheckpointError extends MovieDreamerError {
  static override readonly kind: string = 'CheckpointError';
  static override readonly code: ErrorCode = 'CHECKPOINT_INVALID';

  /** The file or folder at fault. */
  readonly file: string;
  /** Name of the tensor at fault; undefined if the whole file is. */
  readonly tensor: string | undefined;

  /** Builds the message from `parts`. */
  constructor(parts: CheckpointErrorParts) {
    const { file, tensor, problem, expected, got, help, cause } = parts;
    let message =
      tensor === undefined ? `${file}: ${problem}` : `${file}: tensor ${quote(tensor)}: ${problem}`;
    if (expected !== undefined) message += `; expected ${expected}`;
    if (got !== undefined) message += `${expected === undefined ? '; ' : ', '}got ${got}`;
    if (help !== undefined) message += `. ${help}`;
    super(message, cause === undefined ? undefined : { cause });
    this.file = file;
    this.tensor = tensor;
  }
}

/** Text from an untrusted file, quoted, its control characters escaped, cut to a readable length. */
export function quote(value: unknown, limit = 120): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= limit ? text : `${text.slice(0, limit)}... (${text.length} characters)`;
}
