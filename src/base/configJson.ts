/** A published `config.json`, parsed. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** Where the objects of read files lie: for messages. Keys are weak, so nothing is kept alive. */
const sources = new WeakMap<object, string>();

/** Remembers the file that an object was read from, for it and the objects in it; returns it. */
export function fromFile<T>(value: T, file: string | undefined): T {
  if (typeof value !== 'object' || value === null || file === undefined) return value;
  sources.set(value, file);
  for (const inner of Object.values(value)) if (!Array.isArray(inner)) fromFile(inner, file);
  return value;
}

/** The file that an object was read from, where it is known. */
export const fileOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? sources.get(value) : undefined;
