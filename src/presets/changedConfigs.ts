import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What a variant has otherwise than its preset, by file, such as `autoregressor/config.json`: keys with new values. */
export type ConfigChanges = Readonly<Record<string, JsonObject>>;

/** `json` with the keys of `change`; objects within objects are merged, everything else is replaced. */
export function changed(json: JsonObject, change: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...json };
  for (const [key, value] of Object.entries(change)) {
    const old = merged[key];
    merged[key] = isObject(old) && isObject(value) ? changed(old, value) : value;
  }
  return merged;
}

/** Both changes, the second over the first. */
export function together(first: ConfigChanges, second: ConfigChanges): ConfigChanges {
  const all: Record<string, JsonObject> = { ...first };
  for (const [file, change] of Object.entries(second)) all[file] = changed(all[file] ?? {}, change);
  return all;
}

/** All JSON files of a preset, by their path below it, with the changes made. Files that are not there are made. */
export async function changedConfigs(
  preset: string,
  changes: ConfigChanges,
): Promise<Map<string, JsonObject>> {
  const configs = new Map<string, JsonObject>();
  for (const entry of (await readdir(preset, { recursive: true, withFileTypes: true })).sort(byPath)) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const path = join(entry.parentPath, entry.name);
    const file = path.slice(preset.length + 1).replaceAll('\\', '/');
    configs.set(file, JSON.parse(await readFile(path, 'utf8')) as JsonObject);
  }
  for (const [file, change] of Object.entries(changes))
    configs.set(file, changed(configs.get(file) ?? {}, change));
  return configs;
}

/** Writes a preset of its own. */
export async function writeConfigs(folder: string, configs: ReadonlyMap<string, JsonObject>): Promise<void> {
  for (const [file, json] of configs)
    await writeFileAtomically(join(folder, file), `${JSON.stringify(json, null, 2)}\n`);
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const byPath = (a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number =>
  join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;
