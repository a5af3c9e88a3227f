import type { ConfigJson } from '../../base/configJson.ts';
import type { ConfigReader } from '../configs.ts';

// Keys of published configs that hold one entry for each resolution level.

/** A list of whole numbers from `least`. */
export function counts(
  r: ConfigReader,
  json: ConfigJson,
  key: string,
  fallback: readonly number[],
  least = 1,
): readonly number[] {
  const value = r.has(key) ? json[key] : fallback;
  const ok =
    Array.isArray(value) && value.length > 0 && value.every((v) => Number.isSafeInteger(v) && v >= least);
  if (!ok) r.fail(key, `must be a list of whole numbers from ${least}`);
  return value as readonly number[];
}

/** One whole number for all levels, or a list with one for each. */
export function countsPerLevel(
  r: ConfigReader,
  json: ConfigJson,
  key: string,
  levels: number,
  fallback: number | readonly number[],
  least = 1,
): readonly number[] {
  if (!Array.isArray(r.has(key) ? json[key] : fallback)) {
    const one = typeof fallback === 'number' ? fallback : undefined;
    const value = least === 0 ? r.index(key, one) : r.count(key, one);
    return Array.from({ length: levels }, () => value);
  }
  const list = counts(r, json, key, fallback as readonly number[], least);
  if (list.length !== levels) r.fail(key, `must have one entry for each of the ${levels} block_out_channels`);
  return list;
}

/** The kind of block of every level, each one of `known`. */
export function blockTypes<T extends string>(
  r: ConfigReader,
  json: ConfigJson,
  key: string,
  levels: number,
  known: readonly T[],
  fallback: readonly T[],
): readonly T[] {
  const value = r.has(key) ? json[key] : fallback;
  if (!Array.isArray(value) || value.length !== levels || value.some((v) => !known.includes(v as T))) {
    r.fail(key, `must name ${levels} blocks (as block_out_channels), each one of ${known.join(', ')}`);
  }
  return value as readonly T[];
}

/** Fails unless every level's channels can be cut into that many equal parts. */
export function checkDivides(r: ConfigReader, key: string, parts: number, channels: readonly number[]): void {
  for (const c of channels) if (c % parts !== 0) r.fail(key, `must divide a level's ${c} channels`);
}
