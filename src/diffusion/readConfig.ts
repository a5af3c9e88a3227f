import { readFile } from 'node:fs/promises';

/**
 * Parses a config as Python's json module writes it: JSON with `Infinity` and `-Infinity` as numbers.
 * Throws a SyntaxError, as JSON.parse does, and a TypeError when it is not an object.
 */
export function parseConfig(text: string): Record<string, unknown> {
  // strings are matched whole, so that words within them stay as they are; 1e999 reads as Infinity
  const json = text.replace(/"(?:[^"\\]|\\.)*"|\bInfinity\b/g, (m) => (m === 'Infinity' ? '1e999' : m));
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`parseConfig: expected a JSON object, got ${text.slice(0, 40)}`);
  }
  return value as Record<string, unknown>;
}

/** Reads a `config.json` or `scheduler_config.json`. Errors name the file. */
export async function readConfig(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8');
  try {
    return parseConfig(text);
  } catch (error) {
    throw new Error(`readConfig: ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
