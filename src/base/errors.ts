import { type ErrorCode, type ErrorCodeEntry, errorCodes } from './errorCodes.ts';

/** What an error carries beside its message. */
export interface ErrorDetails extends ErrorOptions {
  /** Default: the class's own. */
  readonly code?: ErrorCode | undefined;
  /** How to mend it, where the message does not say so itself. */
  readonly hint?: string | undefined;
}

/** Where instances list their kinds: registered by name, so that all copies of this package find the same symbol. */
const kinds: unique symbol = Symbol.for('moviedreamer.error');

/**
 * The base of all errors that this project throws on purpose. The message says who, what was expected, what came and
 * how to mend it; `code` is stable across versions (docs/errors.md lists all). What is thrown and is none of these is a
 * mistake of the program, as are those whose code says so (`isExpectedError`).
 */
export abstract class MovieDreamerError extends Error {
  /** The class's name as `name` and `isInstance` use it; unlike `Class.name` it survives minifying. */
  static readonly kind: string = 'MovieDreamerError';
  /** The code of instances that are given none. */
  static readonly code: ErrorCode;

  readonly code: ErrorCode;
  /** How to mend it; undefined if the message says so itself. */
  readonly hint: string | undefined;

  /** Takes `code` from the class unless `details` give another. */
  constructor(message: string, { code, hint, ...options }: ErrorDetails = {}) {
    super(message, options);
    const { kind, code: ownCode } = new.target;
    this.name = kind;
    this.code = code ?? ownCode;
    if (hint !== undefined) this.hint = hint;
  }

  /**
   * Whether a value is an error of the class it is called on, or of one that extends it: `MovieDreamerError.isInstance(e)`,
   * `ScriptError.isInstance(e)`. Unlike `instanceof` it also accepts errors of another copy of this package.
   */
  static isInstance<T extends MovieDreamerError>(
    this: { readonly kind: string; readonly prototype: T },
    error: unknown,
  ): error is T {
    if (typeof error !== 'object' || error === null) return false;
    const found: unknown = (error as { readonly [kinds]?: unknown })[kinds];
    // biome-ignore lint/complexity/noThisInStatic: the class it is called on, which may extend this one
    return Array.isArray(found) && found.includes(this.kind);
  }
}

// here, so that the symbol is no part of the type: errors of two copies would not fit each other
Object.defineProperty(MovieDreamerError.prototype, kinds, {
  get(this: MovieDreamerError): readonly string[] {
    return kindsOf(this.constructor);
  },
});

/** The kinds of a class and of those that it extends. */
function kindsOf(type: unknown): readonly string[] {
  if (typeof type !== 'function' || !('kind' in type) || typeof type.kind !== 'string') return [];
  return [type.kind, ...kindsOf(Object.getPrototypeOf(type))];
}

/**
 * Whether an error is about what was given or about the machine: then its message says all, and a stack trace would help
 * nobody. False for mistakes of the program, whoever threw them.
 */
export function isExpectedError(error: unknown): error is MovieDreamerError {
  if (!MovieDreamerError.isInstance(error)) return false;
  const entry: ErrorCodeEntry | undefined = errorCodes[error.code]; // another copy may have codes of its own
  return entry?.about !== 'program';
}

/** An error as plain data, for JSON. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** Missing for errors that are none of this project's. */
  readonly code?: string;
  readonly hint?: string;
}

/** What JSON events hold of an error, or of anything else that was thrown. */
export function errorRecord(error: unknown): ErrorRecord {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (!MovieDreamerError.isInstance(error)) return { name, message };
  const { code, hint } = error;
  return { name, message, code, ...(hint === undefined ? {} : { hint }) };
}
