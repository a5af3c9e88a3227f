import { InvalidArgumentError } from 'commander';
import { type ErrorCode, MovieDreamerError } from '../base/index.ts';
import { shotIdPattern, type TakeChoice } from '../film/index.ts';
import { parseMemory } from '../inference/index.ts';

/** A command that was given something that it cannot take. */
export class UsageError extends MovieDreamerError {
  static override readonly kind: string = 'UsageError';
  static override readonly code: ErrorCode = 'USAGE';
}

/** A parser of whole numbers from `min` to `max`, for commander. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A parser of finite numbers from `min`. */
export function number(min: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= min) return value;
    throw new InvalidArgumentError(`It must be a number from ${min}.`);
  };
}

/** A parser of numbers from `min` to `max`. */
export function numberWithin(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}

/** Memory as people write it: `8GB` is 8e9 bytes. */
export function memory(text: string): number {
  try {
    return parseMemory(text);
  } catch (error) {
    throw new InvalidArgumentError(
      `It must be an amount such as 8GB or 900MB. (${(error as Error).message})`,
    );
  }
}

/** Takes as people choose them: `7=2,9=auto` is take 2 of shot 7 and the best one of shot 9. */
export function takeChoices(text: string): TakeChoice[] {
  return text.split(',').map((part) => {
    const [, word = '', wanted = ''] = /^([^=]+)=(.+)$/.exec(part.trim()) ?? [];
    const [shot, ...more] = word ? shotList(word) : [];
    const take = wanted.trim() === 'auto' ? 'auto' : Number(wanted);
    if (shot !== undefined && more.length === 0 && (take === 'auto' || /^[1-9]\d{0,3}$/.test(wanted.trim())))
      return { shot, take };
    throw new InvalidArgumentError('Write a shot and its take, such as 7=2, or 7=auto; several with commas.');
  });
}

/** Shots as people write them: `3,7-9` is 3, 7, 8 and 9; what is no number is the id of a shot, such as `2a`. */
export function shotList(text: string): (number | string)[] {
  const shots = new Set<number>();
  const ids = new Set<string>();
  for (const part of text.split(',')) {
    const word = part.trim().normalize('NFC');
    const [, first, last = first] = /^(\d{1,7})\s*(?:-\s*(\d{1,7}))?$/.exec(word) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined && shotIdPattern.test(word) && !/^\d+-?\d*$/.test(word)) ids.add(word);
    else if (first === undefined || from < 1 || to < from || to - from > 100_000) {
      throw new InvalidArgumentError('Write numbers from 1, ranges and ids of shots, such as 3,7-9,2a.');
    } else for (let shot = from; shot <= to; shot++) shots.add(shot);
  }
  return [...[...shots].sort((a, b) => a - b), ...ids];
}
