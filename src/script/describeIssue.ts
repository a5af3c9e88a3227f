import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { knownKeys, limits } from './schema.ts';

/** A problem at a path in the file's data; `key` puts the finger on the key of a pair instead of its value. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly key?: boolean;
  readonly message: string;
  readonly fix: string;
}

/** Enough to mend a script by; to find the places of half a million would take minutes. */
export const MAX_FINDINGS = 50;

/** "shot 3: plot", "character mara: face", "title", "the script": a path for people, who count from 1. */
export function placeName(path: readonly PropertyKey[]): string {
  const [section, item, ...rest] = path.map((part) => (typeof part === 'number' ? part + 1 : String(part)));
  if (section === undefined) return 'the script';
  if (item === undefined) return section as string;
  const head = section === 'shots' ? 'shot' : section === 'characters' ? 'character' : 'reference';
  return rest.length === 0 ? `${head} ${item}` : `${head} ${item}: ${rest.join(' ')}`;
}

/** Turns what zod found into sentences for the person who wrote the script. `data` is what was validated. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  data: unknown,
  base: readonly PropertyKey[] = [],
): Finding[] {
  const path = [...base, ...issue.path];
  const place = placeName(path);
  if (path[0] === 'cut' && path.length > 1) return [badPiece(path, data)];
  if (path.length === 3 && path[0] === 'shots' && path[2] === 'id') return [badShotId(path, data)];
  const value = valueAt(data, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_FINDINGS).map((key) => unknownKey(path, key));
    case 'invalid_union':
      return describeUnion(issue, data, path);
    case 'invalid_key':
      return [badName(path)];
    case 'invalid_type':
      if (value === undefined && typeof path.at(-1) === 'string') return [missing(path)];
      return [
        {
          path,
          message: `${place} ${mustBe(expectedName(issue.expected), value)}`,
          fix: remedy(issue.expected, value),
        },
      ];
    case 'too_small':
      return [tooSmall(issue, path, value)];
    case 'too_big': {
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
      const got = typeof value === 'number' ? value : (value as { length: number }).length;
      return [
        { path, message: `${place} is ${got}${unit}, more than ${issue.maximum}`, fix: tooBigFix(path) },
      ];
    }
    case 'invalid_value':
      return [
        {
          path,
          message: `${place} ${mustBe(issue.values.join(' or '), value)}`,
          fix: path.at(-1) === 'version' ? 'write version: 1, or leave it out' : 'correct the value',
        },
      ];
    default:
      return [{ path, message: `${place}: ${issue.message}`, fix: 'correct the value' }];
  }
}

function unknownKey(path: readonly PropertyKey[], key: string): Finding {
  const keys = knownKeys(path);
  const guess = nearest(key, keys);
  const where = path.length === 0 ? 'the script' : placeName(path);
  const fix = guess ? `did you mean "${guess}"?` : `remove it (known here: ${keys.join(', ')})`;
  return { path: [...path, key], key: true, message: `unknown key "${key}" in ${where}`, fix };
}

/** Of a union, the branch that the value comes closest to. */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  data: unknown,
  path: readonly PropertyKey[],
): Finding[] {
  const fitting = issue.errors.find((branch) =>
    branch.every((i) => i.path.length > 0 || i.code !== 'invalid_type'),
  );
  if (fitting) return fitting.flatMap((inner) => describeIssue(inner, data, path));
  const value = valueAt(data, path);
  if (value === undefined) return [missing(path)];
  const expected =
    path.at(-1) === 'characters'
      ? 'a mapping {name: expression} or a list of names'
      : 'text or a list of texts';
  return [{ path, message: `${placeName(path)} ${mustBe(expected, value)}`, fix: remedy('string', value) }];
}

function missing(path: readonly PropertyKey[]): Finding {
  const examples: Record<string, string> = {
    face: 'face: portrait.png',
    description: 'description: A bald man with a grey beard.',
    plot: 'plot: What happens in the shot.',
    shots: 'shots: and below it the first shot, "- plot: What happens."',
  };
  const key = String(path.at(-1));
  return {
    path: path.slice(0, -1),
    message: `${placeName(path)} is missing`,
    fix: `add ${examples[key] ?? key}`,
  };
}

export function badName(path: readonly PropertyKey[]): Finding {
  return {
    path,
    key: true,
    message: `"${String(path.at(-1))}" cannot be the name of a character`,
    fix: "use a name of at most 64 letters, digits, spaces and _ - ' . that begins with a letter",
  };
}

function badShotId(path: readonly PropertyKey[], data: unknown): Finding {
  return {
    path,
    message: `${placeName(path)} ${mustBe('a short name', valueAt(data, path))}`,
    fix: 'use at most 64 letters, digits, _ and -, which begin with a letter or digit: the id names files',
  };
}

function badPiece(path: readonly PropertyKey[], data: unknown): Finding {
  const piece = path.slice(0, 2);
  return {
    path: piece,
    message: `cut ${Number(path[1]) + 1} ${mustBe('the id of a shot, or { shot, from, to }', valueAt(data, piece))}`,
    fix: 'write "- 3", or "- { shot: 3, from: 0.5, to: 2 }" with seconds into the shot',
  };
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, path: readonly PropertyKey[], value: unknown): Finding {
  const place = placeName(path);
  if (issue.origin === 'number') {
    return {
      path,
      message: `${place} is ${value}, but must be more than 0`,
      fix: 'give a length such as seconds: 3',
    };
  }
  if (path.length === 1 && path[0] === 'shots') {
    return { path, message: 'the script has no shots', fix: 'write at least one, "- plot: What happens."' };
  }
  return {
    path,
    message: `${place} is empty`,
    fix: 'write something, or remove it where it may be left out',
  };
}

function tooBigFix(path: readonly PropertyKey[]): string {
  if (path.at(-1) === 'seconds') return `use at most ${limits.seconds} seconds, or several shots`;
  if (path[0] === 'references') return `keep the best ${limits.references}`;
  return 'shorten it';
}

function expectedName(expected: string): string {
  const names: Record<string, string> = {
    string: 'text',
    number: 'a number',
    array: 'a list',
    object: 'a mapping (key: value)',
    record: 'a mapping (key: value)',
  };
  return names[expected] ?? expected;
}

function mustBe(expected: string, value: unknown): string {
  return `must be ${expected}, got ${valueName(value)}`;
}

function valueName(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  return `${typeof value === 'boolean' ? 'the truth value' : 'the number'} ${value}`;
}

function remedy(expected: string, value: unknown): string {
  if (value === null || value === undefined) return 'fill it in, or remove the key';
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  if (expected === 'string' && scalar) return `put it in quotes, "${value}"`;
  if (expected === 'string' && typeof value === 'object' && !Array.isArray(value)) {
    return 'put text that contains a colon in quotes';
  }
  if (expected === 'number') return 'give a finite number such as 3';
  if (expected === 'array') return 'write a list, [a, b] or one "- item" a line';
  if (expected === 'object' || expected === 'record') return 'write key: value pairs';
  return 'correct the value';
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
