import { type ErrorCode, type ErrorDetails, MovieDreamerError } from '../base/index.ts';

/** A video that cannot be read, joined or written. `reason` says why without the path; `fix` says how to mend it. */
export class VideoError extends MovieDreamerError {
  static override readonly kind: string = 'VideoError';
  static override readonly code: ErrorCode = 'VIDEO_FAILED';

  /** The file, as it was named. */
  readonly path: string;
  /** What is wrong, without the path, in one clause. */
  readonly reason: string;
  /** How to mend it, in one clause. */
  readonly fix: string;

  /** The message is `path: reason; fix`. */
  constructor(path: string, reason: string, fix: string, options?: ErrorDetails) {
    super(`${path}: ${reason}; ${fix}`, options);
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}
