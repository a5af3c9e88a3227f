import { createHash } from 'node:crypto';
import { parseData, type Script, ScriptError, type ScriptObject } from '../script/index.ts';
import { hashPictures } from './readScript.ts';

/** Options of `createScript`. */
export interface CreateScriptOptions {
  /** Where paths of pictures begin. Default: the current folder. */
  readonly folder?: string;
  /**
   * Identifies the film in messages and in its run folder, in place of a script file's path: `dream` continues a folder whose
   * film has this name and refuses a folder with another film. Default: the title, otherwise 'script'.
   */
  readonly name?: string;
}

/** Keys that mean something to JavaScript itself. */
const forbidden = ['__proto__', 'constructor', 'prototype'];

/**
 * A script from an object with a script file's content, in which pictures may be bytes as well as paths. It is checked as
 * a file is; every picture is decoded once to the last row. The same content makes the same film as the file does.
 * @throws ScriptError with all that is wrong, each with its remedy; line and column are 0
 */
export async function createScript(script: ScriptObject, options: CreateScriptOptions = {}): Promise<Script> {
  const { folder = '.', name = titleOf(script) ?? 'script' } = options;
  const inMemory = new Map<string, Uint8Array>();
  const data = withNames(script, inMemory);
  checkNames(data, name);
  const locate = (): { line: number; column: number } => ({ line: 0, column: 0 });
  const parsed = parseData({ data, locate }, name, folder);
  const named = {
    ...parsed,
    characters: parsed.characters.map((c) => ({ ...c, face: known(c.face, inMemory) })),
    shots: parsed.shots.map(({ keyframe, ...shot }) => ({
      ...shot,
      ...(keyframe === undefined ? {} : { keyframe: known(keyframe, inMemory) }),
    })),
    references: parsed.references.map((path) => known(path, inMemory)),
  };
  return { ...named, pictures: await hashPictures(named, locate, inMemory), inMemory };
}

const prefix = 'picture:';

/** The data with names in the place of bytes, which go into `found`. The name is the bytes' hash. */
function withNames(value: unknown, found: Map<string, Uint8Array>, depth = 0): unknown {
  if (value instanceof Uint8Array) {
    const name = prefix + createHash('sha256').update(value).digest('hex');
    found.set(name, value);
    return name;
  }
  if (depth > DEEPEST || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withNames(item, found, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withNames(item, found, depth + 1)]),
  );
}

/** How deep a script's data go: characters, a name, its parts. */
const DEEPEST = 4;

/** A resolved path, or the name that was resolved like one. */
function known(path: string, found: ReadonlyMap<string, Uint8Array>): string {
  const name = path.slice(-(prefix.length + 64));
  return found.has(name) ? name : path;
}

function titleOf(script: unknown): string | undefined {
  const title = typeof script === 'object' && script !== null && 'title' in script ? script.title : undefined;
  return typeof title === 'string' && title.trim() !== '' ? title.trim() : undefined;
}

function checkNames(data: unknown, name: string): void {
  const characters = (data as { characters?: unknown } | null | undefined)?.characters;
  const bad = Object.keys(Object(characters)).filter((key) => forbidden.includes(key));
  if (bad.length === 0) return;
  throw new ScriptError(
    name,
    bad.map((key) => ({
      line: 0,
      column: 0,
      message: `"${key}" cannot be the name of a character`,
      fix: 'choose another name',
    })),
  );
}
