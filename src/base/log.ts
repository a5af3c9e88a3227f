/** How much is logged: `debug` is most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
/** A level of the log: one of `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** Parts of the program that can be listened to alone. */
export const logScopes = ['film', 'files', 'hub', 'runtime', 'training', 'evaluation'] as const;
/** A scope of the log: one of `logScopes`. */
export type LogScope = (typeof logScopes)[number];

/** One line of the log. */
export interface LogRecord {
  /** How important the record is. */
  readonly level: LogLevel;
  /** The part of the program that wrote the record. */
  readonly scope: LogScope;
  /** The record in one line of English. */
  readonly message: string;
  /** Plain data. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** Where records go. */
export type LogSink = (record: LogRecord) => void;

type Say = (message: string, data?: Readonly<Record<string, unknown>>) => void;

/** One scope's voice. Messages are for those who look for a fault; what users need are events and errors. */
export interface Log extends Readonly<Record<LogLevel, Say>> {
  /** Whether records of the level go anywhere: asked before data are made that cost something. */
  hears(level: LogLevel): boolean;
}

const SILENT = logLevels.length;
let least: ReadonlyMap<LogScope, number> = new Map();
let sink: LogSink = toConsole;

/**
 * Says what is heard: `debug`, `info`, `warn`, `error` or `silent` for all scopes, or a list such as
 * `hub=debug,runtime=info`; later entries win. Nothing (undefined or an empty text) is silence, the default.
 * `write` takes the records; by default they are lines on the standard error stream.
 * @throws RangeError for a level or scope that there is not; what was heard before stays.
 */
export function configureLog(levels: string | undefined, write: LogSink = toConsole): void {
  const chosen = new Map<LogScope, number>();
  for (const entry of (levels ?? '').split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [scope, level] = entry.includes('=') ? entry.split('=', 2) : [undefined, entry];
    for (const name of scope === undefined ? logScopes : [scopeOf(scope)]) chosen.set(name, rankOf(level));
  }
  least = chosen;
  sink = write;
}

/** The voice of a scope; made once a file. */
export function logOf(scope: LogScope): Log {
  const hears = (level: LogLevel): boolean => logLevels.indexOf(level) >= (least.get(scope) ?? SILENT);
  const say =
    (level: LogLevel): Say =>
    (message, data) => {
      if (hears(level)) sink({ level, scope, message, ...(data === undefined ? {} : { data }) });
    };
  return { hears, debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

/** A record as a line: `moviedreamer hub debug: GET {"status":200}`. */
export function logLine({ level, scope, message, data }: LogRecord): string {
  return `moviedreamer ${scope} ${level}: ${message}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`;
}

function toConsole(record: LogRecord): void {
  console.error(logLine(record));
}

function scopeOf(name: string): LogScope {
  const known = logScopes.find((scope) => scope === name.trim());
  if (known !== undefined) return known;
  throw new RangeError(`there is no log scope '${name.trim()}'; expected one of ${logScopes.join(', ')}`);
}

function rankOf(name = ''): number {
  if (name.trim() === 'silent') return SILENT;
  const rank = (logLevels as readonly string[]).indexOf(name.trim());
  if (rank >= 0) return rank;
  throw new RangeError(
    `there is no log level '${name.trim()}'; expected one of ${logLevels.join(', ')}, silent, or a list of ` +
      'scope=level such as hub=debug,runtime=info',
  );
}
