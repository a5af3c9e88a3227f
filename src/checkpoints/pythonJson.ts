import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromFile } from '../base/index.ts';
import { CheckpointError } from './checkpointError.ts';

/**
 * Parses JSON as Python's json module writes it: `NaN`, `Infinity` and `-Infinity` are numbers there.
 * Throws a SyntaxError as JSON.parse does.
 */
export function parsePythonJson(text: string): unknown {
  const tokens = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
  const strict = text.replace(tokens, (token) => numbers[token] ?? token);
  return JSON.parse(strict, (_, value: unknown) => (value === nanMark ? Number.NaN : value));
}

const nanMark = '\u0000not a number\u0000';
const numbers: Readonly<Record<string, string>> = {
  Infinity: '1e999', // beyond float64: JSON.parse makes it Infinity
  '-Infinity': '-1e999',
  NaN: JSON.stringify(nanMark),
};

/** Configs are a few kB, shard indices at most some MB. */
const maxJsonBytes = 100_000_000;

/** Reads a JSON object that Python may have written. Throws `CheckpointError`. */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    const { size } = await stat(file);
    if (size > maxJsonBytes) throw new Error(`${size} bytes are too many; at most ${maxJsonBytes}`);
    value = parsePythonJson(await readFile(file, 'utf8'));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT' ? 'no such file' : cause instanceof SyntaxError ? 'not valid JSON' : 'cannot be read';
    throw new CheckpointError({ file, problem, got: code === 'ENOENT' ? undefined : message, cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CheckpointError({ file, problem: 'wrong contents', expected: 'a JSON object' });
  }
  return fromFile(value as Record<string, unknown>, file);
}

/** A model folder's `config.json`, or the file itself. */
export async function readConfig(folderOrFile: string): Promise<Record<string, unknown>> {
  const isFile = folderOrFile.endsWith('.json');
  return readJsonObject(isFile ? folderOrFile : join(folderOrFile, 'config.json'));
}
