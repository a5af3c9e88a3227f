import { type ErrorCode, type ErrorDetails, MovieDreamerError } from '../base/index.ts';

/** One thing wrong in a script: where (from 1; line and column 0 in a script that is no file), what, and how to mend it. */
export interface Problem {
  /** Line in the file, from 1; 0 in a script that is no file. */
  readonly line: number;
  /** Column in the line, from 1; 0 in a script that is no file. */
  readonly column: number;
  /** What is wrong, in one clause. */
  readonly message: string;
  /** How to mend it, in one clause. */
  readonly fix: string;
}

/** A script that cannot be used; lists all problems that were found, in the order of the file. */
export class ScriptError extends MovieDreamerError {
  static override readonly kind: string = 'ScriptError';
  static override readonly code: ErrorCode = 'SCRIPT_INVALID';

  /** The script file, or the name of a script in memory. */
  readonly file: string;
  /** All problems, sorted by line and column; at least one. The message shows the first 20. */
  readonly problems: readonly Problem[];
  /** Line and column of the first problem. */
  readonly line: number;
  /** Column of the first problem, from 1; 0 in a script that is no file. */
  readonly column: number;

  /** Sorts `problems` by line and column; `file` stands in front of each in the message. */
  constructor(file: string, problems: readonly Problem[], options?: ErrorDetails) {
    const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const shown = sorted
      .slice(0, MAX_SHOWN)
      .map((p) => `${file}${p.line > 0 ? `:${p.line}:${p.column}` : ''}: ${p.message}; ${p.fix}`);
    if (sorted.length > MAX_SHOWN) shown.push(`... and ${sorted.length - MAX_SHOWN} more`);
    super(shown.join('\n'), options);
    this.file = file;
    this.problems = sorted;
    this.line = sorted[0]?.line ?? 1;
    this.column = sorted[0]?.column ?? 1;
  }
}

const MAX_SHOWN = 20;
