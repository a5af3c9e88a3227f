import { configError } from '../base/configError.ts';
import type { ConfigJson } from '../base/configJson.ts';

export { ConfigError } from '../base/configError.ts';

/**
 * Reads the keys of one published config. A missing or null key takes its published default; one without a default is
 * an error. Keys that no model reads are ignored: published configs carry many that do not touch the computation.
 */
export class ConfigReader {
  private readonly who: string;
  private readonly json: ConfigJson;

  /** @param who the model's name in error messages. */
  constructor(who: string, json: ConfigJson) {
    this.who = who;
    this.json = json;
  }

  /** Whether the key is there and not null. */
  has(key: string): boolean {
    return this.json[key] !== undefined && this.json[key] !== null;
  }

  /** A whole number from 1. */
  count(key: string, fallback?: number): number {
    return this.value(
      key,
      fallback,
      'a whole number from 1',
      (v) => Number.isSafeInteger(v) && Number(v) >= 1,
    );
  }

  /** A whole number from 0, such as a token id. */
  index(key: string, fallback?: number): number {
    return this.value(
      key,
      fallback,
      'a whole number from 0',
      (v) => Number.isSafeInteger(v) && Number(v) >= 0,
    );
  }

  /** A positive number. */
  positive(key: string, fallback?: number): number {
    return this.value(key, fallback, 'a positive number', (v) => Number.isFinite(v) && Number(v) > 0);
  }

  /**
   * A boolean value.
   * @throws {ConfigError} when it is missing without a `fallback`, or of another type.
   */
  boolean(key: string, fallback?: boolean): boolean {
    return this.value(key, fallback, 'true or false', (v) => typeof v === 'boolean');
  }

  /** One of the values that are supported. */
  choice<T extends string | number>(key: string, allowed: readonly T[], fallback?: T): T {
    const known = `one of ${allowed.map((a) => JSON.stringify(a)).join(', ')}`;
    return this.value(key, fallback, known, (v) => allowed.includes(v as T));
  }

  /** Fails unless a key, where present, has one of the values under which it changes nothing. */
  neutral(key: string, ...allowed: readonly (string | number | boolean)[]): void {
    if (!this.has(key) || allowed.includes(this.json[key] as string)) return;
    const known = ['left out', 'null', ...allowed.map((a) => JSON.stringify(a))].join(', ');
    this.fail(key, `is not supported unless ${known}`);
  }

  /** A nested object, or undefined where the key is missing. */
  object(key: string): ConfigJson | undefined {
    if (!this.has(key)) return undefined;
    const value = this.json[key];
    if (typeof value !== 'object' || Array.isArray(value)) this.fail(key, 'must be an object');
    return value as ConfigJson;
  }

  /** Throws about a key: `problem` reads on from its name. */
  fail(key: string, problem: string): never {
    const got = this.json[key] === undefined ? 'nothing' : JSON.stringify(this.json[key]);
    throw configError(this.json, `${this.who} config: '${key}' ${problem}; got ${got}`);
  }

  private value<T>(key: string, fallback: T | undefined, expected: string, ok: (v: unknown) => boolean): T {
    const value = this.has(key) ? this.json[key] : fallback;
    if (!ok(value)) this.fail(key, `must be ${expected}`);
    return value as T;
  }
}

/** Fails unless `heads` divides `width`. */
export function checkHeads(reader: ConfigReader, key: string, heads: number, width: number): void {
  if (width % heads !== 0) reader.fail(key, `must divide the width ${width}`);
}
