import { fileOf } from './configJson.ts';
import type { ErrorCode } from './errorCodes.ts';
import { MovieDreamerError } from './errors.ts';

/** A config that this project cannot follow. The message names the file or model, the key, what is allowed and what came. */
export class ConfigError extends MovieDreamerError {
  static override readonly kind: string = 'ConfigError';
  static override readonly code: ErrorCode = 'CONFIG_INVALID';
}

/** A ConfigError about a config; its file stands in front where `fromFile` gives it. */
export function configError(config: unknown, problem: string, cause?: unknown): ConfigError {
  const file = fileOf(config);
  return new ConfigError(file === undefined ? problem : `${file}: ${problem}`, { cause });
}

/** The parts of a validator that are needed here; zod's schemas have them. */
export interface ConfigSchema<T> {
  safeParse(
    json: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly ConfigIssue[] } };
}

interface ConfigIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
}

/**
 * A config, checked, with its defaults.
 * @param who stands in the message where the config was not read from a file.
 * @throws ConfigError in one line: the file, and for each wrong key what was expected and what came.
 */
export function parseConfig<T>(schema: ConfigSchema<T>, json: unknown, who = 'config'): T {
  const place = fileOf(json) ?? who;
  let result: ReturnType<ConfigSchema<T>['safeParse']>;
  try {
    result = schema.safeParse(json);
  } catch (error) {
    // from within a transformation, which sees a copy that no file is known of
    if (!ConfigError.isInstance(error) || error.message.startsWith(place)) throw error;
    throw new ConfigError(`${place}: ${error.message}`, { cause: error });
  }
  if (result.success) return result.data;
  throw new ConfigError(`${place}: ${describeIssues(result.error.issues, json)}`);
}

const MOST = 5;

/** What a validator found, in one line. */
export function describeIssues(issues: readonly ConfigIssue[], json: unknown): string {
  const shown = issues.slice(0, MOST).map((issue) => describe(issue, json));
  const more = issues.length > MOST ? [`and ${issues.length - MOST} more`] : [];
  return [...shown, ...more].join('; ');
}

function describe({ code, path, message, keys, expected }: ConfigIssue, json: unknown): string {
  const key = path.map(String).join('.');
  const at = key === '' ? '' : `'${key}': `;
  if (code === 'unrecognized_keys' && keys) {
    const names = keys.map((name) => `'${[...path, name].map(String).join('.')}'`).join(', ');
    return `unknown key ${names}; take it out, or spell it right`;
  }
  const value = valueAt(json, path);
  if (value === undefined && key !== '') return `'${key}' is missing${expected ? ` (${expected})` : ''}`;
  const got = JSON.stringify(value) ?? String(value);
  const plain = message.replace(/^Invalid \w+: (?=expected)/, '').replace(/, received .*$/, '');
  return `${at}${plain}, got ${got.length > 80 ? `${got.slice(0, 80)}…` : got}`;
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of path)
    value =
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  return value;
}
