import { keyOf } from '../files/index.ts';
import type { Role } from '../presets/index.ts';
import type { MakerIdentity } from './makers.ts';
import type { Finished } from './run/state.ts';

/** What a job can make, in the order in which a film is made. */
export const jobKinds = ['tokens', 'keyframe', 'clip', 'movie'] as const;
/** What a job makes. */
export type JobKind = (typeof jobKinds)[number];
/** Kind and shot id of a job, for example `keyframe:3`; of the movie `movie`. */
export type JobId = string;

/** One thing to make, as plain data: what a plan lists and what a stage carries out. */
export interface Job {
  /** Unique in a film. */
  readonly id: JobId;
  /** What it makes. */
  readonly kind: JobKind;
  /** Id of the shot; null for the movie. */
  readonly shot: string | null;
  /** Where the shot stands, from 1; null for the movie. */
  readonly number: number | null;
  /** Jobs whose results this one is made from. */
  readonly needs: readonly JobId[];
  /** The models that make it. */
  readonly roles: readonly Role[];
  /** Settings of the maker, after the preset's defaults and the user's choices; null for the movie. */
  readonly settings: unknown;
  /** All that the result depends on, in the order in which the key hashes it; null where it is known only once `needs` are done. */
  readonly inputs: JobInputs;
  /** The hash of `inputs`; null while one of them is null. */
  readonly key: string | null;
  /** Path below the run folder. */
  readonly output: string;
  /** `unknown`: whether there is something to make turns out when `needs` are done. */
  readonly status: 'reuse' | 'make' | 'unknown';
  /** Why it has to be made, or what that depends on; null for what is reused. */
  readonly reason: string | null;
}

/** Names and values (JSON) of what a result depends on. */
export type JobInputs = Readonly<Record<string, unknown>>;

/** What a maker's identity gives to a key. Null, in a job, is what is not known yet, and an option of null is known. */
export function makerInputs({ id, version, options }: MakerIdentity): JobInputs {
  const known = Object.entries(options).map(([name, value]) => [name, value === null ? 'null' : value]);
  return { maker: `${id} ${version}`, ...Object.fromEntries(known) };
}

/** The key of inputs that are all known, else null. */
export function keyOfInputs(inputs: JobInputs): string | null {
  const values = Object.values(inputs);
  return values.includes(null) ? null : keyOf(...values);
}

/** A job whose missing inputs are known now: `results` has them by their names. */
export function bind(job: Job, results: JobInputs): Job {
  const inputs = Object.fromEntries(
    Object.entries(job.inputs).map(([name, value]) => [name, value ?? results[name] ?? null]),
  );
  return { ...job, inputs, key: keyOfInputs(inputs) };
}

/**
 * The form of a shot's id that keys hash. Films of version 1 had no ids and hashed the shot's place, from 0: an id that is a
 * place, from 1, gives the same key.
 */
export function shotInKeys(id: string): string | number {
  return /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) - 1 : id;
}

/** What run.json keeps of a job's inputs: enough to say later which of them have changed. */
export function recordOf(inputs: JobInputs): NonNullable<Finished['inputs']> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, shortened(name, value)]));
}

function shortened(name: string, value: unknown): unknown {
  if (name === 'weights')
    return Object.fromEntries(
      Object.entries(value as object).map(([model, print]) => [model, String(print).slice(0, 12)]),
    );
  if (name === 'scheduler' || name === 'references') return keyOf(value).slice(0, 12);
  return value ?? null;
}
