/** A video that cannot be read, joined or written. `reason` says why without the path; `fix` says how to mend it. */
export class VideoError extends Error {
  readonly path: string;
  readonly reason: string;
  readonly fix: string;

  constructor(path: string, reason: string, fix: string, options?: ErrorOptions) {
    super(`${path}: ${reason}; ${fix}`, options);
    this.name = 'VideoError';
    this.path = path;
    this.reason = reason;
    this.fix = fix;
  }
}
