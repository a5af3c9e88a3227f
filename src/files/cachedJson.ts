import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from './index.ts';

/*
 * Results that are expensive and can be made again: plain data in a JSON file, `{"format": …, "value": …}`. The path holds the key of
 * what the value was made from; the format names what the value is and its version (`moviedreamer-looks-1`). A file that is
 * missing, damaged or of another format counts as not made.
 */

/** The value of a cache's file; undefined where it has to be made. */
export async function readCachedJson<T>(path: string, format: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const file = parse(text) as { readonly format?: unknown; readonly value?: T } | null | undefined;
  return file?.format === format ? file.value : undefined;
}

/** Writes the value of a cache's file atomically. `value` must not be undefined. */
export function writeCachedJson(path: string, format: string, value: unknown): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify({ format, value })}\n`);
}

/** The value of a cache's file, made and written where `readCachedJson` finds none. */
export async function cachedJson<T>(path: string, format: string, make: () => Promise<T>): Promise<T> {
  const known = await readCachedJson<T>(path, format);
  if (known !== undefined) return known;
  const made = await make();
  await writeCachedJson(path, format, made);
  return made;
}

/** `cachedJson` of what is made with progress: the events are those of `make`, and none where the value is known. */
export async function* cachedJsonWithEvents<T, Event>(
  path: string,
  format: string,
  make: () => AsyncGenerator<Event, T, void>,
): AsyncGenerator<Event, T, void> {
  const known = await readCachedJson<T>(path, format);
  if (known !== undefined) return known;
  const made = yield* make();
  await writeCachedJson(path, format, made);
  return made;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
