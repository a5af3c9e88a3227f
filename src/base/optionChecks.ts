/**
 * Checks of options at run time, for callers without a type checker: a misspelled name or a value of another type is said
 * to them at once, in place of being passed over.
 */

/** What a value must be, in words, and whether it is that. */
export type OptionCheck = readonly [expected: string, holds: (value: unknown) => boolean];

/** A check for every option of `T`: an option without one does not compile. */
export type OptionChecks<T> = { readonly [K in keyof Required<T>]: OptionCheck };

export const aText: OptionCheck = ['a text', (value) => typeof value === 'string'];
export const aBoolean: OptionCheck = ['true or false', (value) => typeof value === 'boolean'];
export const aNumber: OptionCheck = ['a number', (value) => typeof value === 'number'];
export const aSignal: OptionCheck = ['an AbortSignal', (value) => value instanceof AbortSignal];
/** A path of a file or folder. */
export const aPath: OptionCheck = [
  'a path',
  (value) => typeof value === 'string' && value.trim() !== '' && !value.includes('\0'),
];

export const oneOf = (values: readonly string[]): OptionCheck => [
  `one of ${values.map((value) => `'${value}'`).join(', ')}`,
  (value) => values.includes(value as string),
];

/**
 * What is wrong with options, as a sentence; undefined where nothing is. Options that are undefined are left out.
 * @param required names of options that must be there
 */
export function wrongOption(
  checks: Readonly<Record<string, OptionCheck>>,
  options: unknown,
  required: readonly string[] = [],
): string | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return `expected an object of options, got ${valueInWords(options)}`;
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(checks, name));
  if (unknown !== undefined)
    return `there is no option '${unknown}'; the options are ${Object.keys(checks).join(', ')}`;
  for (const [name, [expected, holds]] of Object.entries(checks)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined && !required.includes(name)) continue;
    if (!holds(value)) return `${name} must be ${expected}, got ${valueInWords(value)}`;
  }
  return undefined;
}

/** A value in few words: `'film'`, `[1, '2']`, `nothing`, `an object`. */
export function valueInWords(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  if (Array.isArray(value)) return `[${value.slice(0, 5).map(valueInWords).join(', ')}]`;
  if (typeof value === 'object') return 'an object';
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value);
}
