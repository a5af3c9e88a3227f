import { type ErrorCode, MovieDreamerError } from '../../base/index.ts';

/** A pickle that is broken, or that does what is not allowed. */
export class PickleError extends MovieDreamerError {
  static override readonly kind: string = 'PickleError';
  static override readonly code: ErrorCode = 'PICKLE_REFUSED';
}

/** What a pickle can hold here. Dicts are maps, so no key can reach a prototype. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleGlobal
  | PickleObject;

export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A name that the pickle imports; inert unless it is called. */
export class PickleGlobal {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

/** The base of what calls and persistent ids make. */
export class PickleObject {}

/** The items of a list, tuple or set; undefined for anything else. */
export function itemsOf(value: PickleValue | undefined): Iterable<PickleValue> | undefined {
  if (value instanceof PickleTuple) return value.items;
  return Array.isArray(value) || value instanceof Set ? value : undefined;
}
