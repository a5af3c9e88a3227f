import { z } from 'zod';
import { RunError } from './runError.ts';
import { type RunState, runState, runVersion } from './state.ts';

type Json = Record<string, unknown>;

/** For each earlier version of run.json what makes the next one of it. */
const migrations: Readonly<Record<number, (state: Json) => Json>> = {
  /** Version 1 knew shots by their place. Ids are the numbers of those places, by which its files are named. */
  1: (state) => ({
    ...state,
    format: 'moviedreamer-run-2',
    shots: listOf(state.shots).map((shot, i) => ({ id: `${i + 1}`, ...shot })),
    ...(Array.isArray(state.rerolling) ? { rerolling: state.rerolling.map(String) } : {}),
  }),
};

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/**
 * A run.json of this version or an earlier one as the state of this version.
 * @param path stands in messages
 * @throws RunError where it is of a later version, or damaged
 */
export function parseRunState(text: string, path: string): RunState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged(path, `it is no JSON: ${(error as Error).message}`, error);
  }
  const current = migrated(json, path);
  const result = runState.safeParse(current);
  if (result.success) return result.data;
  throw damaged(path, z.prettifyError(result.error), result.error);
}

function migrated(json: unknown, path: string): Json {
  const format = Object(json).format as unknown;
  const version = Number(/^moviedreamer-run-(\d+)$/.exec(String(format))?.[1] ?? Number.NaN);
  if (Number.isNaN(version)) throw damaged(path, `it has no format, but ${JSON.stringify(format)}`);
  if (version > runVersion) throw newer(path, version);
  let state = json as Json;
  for (let v = version; v < runVersion; v++) {
    const migrate = migrations[v];
    if (!migrate) throw damaged(path, `there is no version ${v}`);
    state = migrate(state);
  }
  return state;
}

const newer = (path: string, version: number): RunError =>
  new RunError(
    `${path} was written by a later MovieDreamer (its version is ${version}, this one reads up to ${runVersion}); update ` +
      'MovieDreamer, or give another --out folder',
  );

const damaged = (path: string, what: string, cause?: unknown): RunError =>
  new RunError(
    `${path} is damaged (${what}). Put a copy of it back, or let generate --repair take over what can be read and the ` +
      'pictures that are there; --force begins the film anew',
    { cause },
  );

/** What is left of a damaged run.json: everything in it that is valid by itself. */
export function salvageRunState(text: string, path: string, fresh: RunState): RunState {
  let json: Json;
  try {
    json = migrated(JSON.parse(text), path);
  } catch {
    return fresh;
  }
  const state = { ...fresh, ...json, shots: listOf(json.shots) } as unknown as Json;
  // a rule is broken at a path: what stands there is dropped, until all that is left is valid
  for (let attempt = 0; attempt < 1000; attempt++) {
    const result = runState.safeParse(state);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    if (!issue || !dropAt(state, issue, fresh as unknown as Json)) break;
  }
  return fresh;
}

const newShot = { take: 0, settings: {} };

/** Removes the value at an issue's path; one that must be there is replaced by that of a fresh state, else its parent goes. */
function dropAt(state: Json, issue: z.core.$ZodIssue, fresh: Json): boolean {
  const path = [...issue.path];
  if (issue.code === 'unrecognized_keys') path.push(issue.keys[0] as string);
  if (path.length === 0) return false;
  const valueAt = (at: readonly PropertyKey[]): Json =>
    at.reduce<unknown>((value, key) => (value as Json)[key as string], state) as Json;
  const key = path.pop() as string;
  const parent = valueAt(path);
  const usual = path.length === 0 ? fresh : path.length === 2 && path[0] === 'shots' ? newShot : {};
  if (key in usual) {
    parent[key] = (usual as Json)[key];
  } else if (parent[key] === undefined && path.length > 0) {
    const last = path.pop() as string;
    const container = valueAt(path);
    if (Array.isArray(container)) container.splice(Number(last), 1);
    else if (path.length === 0 && last in fresh) container[last] = fresh[last];
    else delete container[last];
  } else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return true;
}
