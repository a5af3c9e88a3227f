import type { DType } from '../graph/index.ts';
import type { ParameterSlot } from './optimizer/parameterLayout.ts';
import type { CallName, Calls } from './protocol.ts';

/** A tensor that lives in a worker. */
export interface Resident {
  /** Number of the handle in its worker. */
  readonly id: number;
  /** Name in error messages. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
}

/** Flat parameters that live in a worker: `parameters`, `gradients`, `m`, `v` and `ema`, float32, all zero at first. */
export interface ParameterStore {
  /** Number of the handle in its worker. */
  readonly id: number;
  /** Where each parameter lies, in order. */
  readonly layout: readonly ParameterSlot[];
  /** Values in each flat array. */
  readonly length: number;
  /** The layout by the parameters’ paths. */
  readonly slots: ReadonlyMap<string, ParameterSlot>;
}

/** What sessions need of the worker that they run in. `WorkerHost` is one. */
export interface SessionHost {
  /** Calls the worker; `moved` are buffers that go there. */
  call<K extends CallName>(
    call: K,
    args: Calls[K]['args'],
    moved?: Iterable<ArrayBuffer>,
  ): Promise<Calls[K]['result']>;
  /** A handle's number, unused so far. */
  newId(): number;
  /** Throws a TypeError for a handle of another host, or one that was dropped. */
  check<T extends Resident | ParameterStore>(handle: T): T;
  /** Throws a TypeError unless `from` fits into `into` along `axis` at `offset`. */
  checkRows(
    who: string,
    into: Resident,
    from: { readonly dtype: DType; readonly shape: readonly number[] },
    axis: number,
    offset: number,
  ): void;
}
