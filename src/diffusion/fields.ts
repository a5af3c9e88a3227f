import { configError } from '../base/index.ts';

/** Reading a config object key by key: every key is used, known to be harmless, or an error that names it. */

export interface Field<T> {
  readonly fallback: T;
  /** In words, for the error. */
  readonly expected: string;
  /** The value, or undefined when it is none of this field's. */
  accept(value: unknown): T | undefined;
}

export type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

export function number(fallback: number): Field<number> {
  return { fallback, expected: 'a number', accept: (v) => (typeof v === 'number' ? v : undefined) };
}

export function positiveInteger(fallback: number): Field<number> {
  return {
    fallback,
    expected: 'a positive integer',
    accept: (v) => (Number.isInteger(v) && (v as number) > 0 ? (v as number) : undefined),
  };
}

export function integer(fallback: number): Field<number> {
  return {
    fallback,
    expected: 'an integer',
    accept: (v) => (Number.isInteger(v) ? (v as number) : undefined),
  };
}

export function numberOrNull(fallback: number | null): Field<number | null> {
  return {
    fallback,
    expected: 'a number or null',
    accept: (v) => (v === null || typeof v === 'number' ? v : undefined),
  };
}

/** `null` counts as false, as published configs write it for some switches. */
export function flag(fallback: boolean): Field<boolean> {
  return {
    fallback,
    expected: 'true or false',
    accept: (v) => (typeof v === 'boolean' ? v : v === null ? false : undefined),
  };
}

export function oneOf<const T>(fallback: T, ...others: T[]): Field<T> {
  const values = [fallback, ...others];
  return {
    fallback,
    expected: values.map((v) => JSON.stringify(v)).join(' or '),
    accept: (v) => values.find((known) => known === v),
  };
}

export function numbersOrNull(): Field<readonly number[] | null> {
  return {
    fallback: null,
    expected: 'a list of numbers or null',
    accept: (v) =>
      v === null || (Array.isArray(v) && v.length > 0 && v.every((x) => typeof x === 'number'))
        ? v
        : undefined,
  };
}

/**
 * Reads `config` by `fields`, missing keys taking their fallback. `inert` lists further keys with the values
 * at which they change nothing here ('any' for every value). Keys that start with `_` are notes. Throws a
 * ConfigError that names the key for anything else.
 */
export function readFields<T extends object>(
  who: string,
  config: Readonly<Record<string, unknown>>,
  fields: Fields<T>,
  inert: Readonly<Record<string, 'any' | readonly unknown[]>>,
): T {
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith('_') || key in fields) continue;
    const harmless = inert[key];
    if (harmless === undefined) {
      throw configError(
        config,
        `${who}: unknown config key "${key}"; take it out, or spell it as the format does`,
      );
    }
    if (harmless !== 'any' && !harmless.includes(value)) {
      const allowed = harmless.map((v) => JSON.stringify(v)).join(' or ');
      throw configError(
        config,
        `${who}: config key "${key}" is not supported here: expected ${allowed}, got ${show(value)}`,
      );
    }
  }
  const read = (key: keyof T): unknown => {
    const field = fields[key];
    const given = config[key as string];
    if (given === undefined) return field.fallback;
    const value = field.accept(given);
    if (value === undefined) {
      throw configError(
        config,
        `${who}: config key "${String(key)}" must be ${field.expected}, got ${show(given)}`,
      );
    }
    return value;
  };
  const keys = Object.keys(fields) as (keyof T)[];
  return Object.fromEntries(keys.map((key) => [key, read(key)])) as T;
}

const show = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 80) ?? String(value));
