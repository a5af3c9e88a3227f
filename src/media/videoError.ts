import { type ErrorCode, type ErrorDetails, MovieDreamerError } from '../base/index.ts';

/** A video that cannot be read, joined or written. `reason` says why without the path; `fix` says how to mend it. */
export class VideoError extends MovieDreamerError {
  static override readonly kind: string = 'VideoError';
  static override readonly code: ErrorCode = 'VIDEO_FAILED';

  readonly path: string;
  readonly reason: string;
  readonly fix: string;

  constructor(path: string, reason: string, fix: string, options?: ErrorDetails) {
    super(`${path}: ${reason}; ${fix}`, options);
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}
