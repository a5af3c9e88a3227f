import type { OnnxValue, Precision, TensorData } from '../graph/index.ts';
import type { DeviceName } from './devices.ts';
import type { OutputMode } from './node/outputMode.ts';
import type { Placement } from './node/placement.ts';
import type { ParameterSlot, Range } from './optimizer/parameterLayout.ts';
import type { AdamWOptions, AdamWResult } from './optimizer/parameterStore.ts';
import type { StoreArray, StoreOptions } from './optimizer/storeMemory.ts';

/**
 * What the main thread and a worker say to each other: one call, one answer, in order. Handles (sessions,
 * residents, stores) are numbers that the main thread chooses.
 */
export interface Calls {
  load: { args: LoadRequest; result: undefined };
  release: { args: { session: number }; result: undefined };
  placement: { args: { session: number }; result: Placement[] };
  run: { args: RunRequest; result: [name: string, tensor: TensorData][] };
  put: { args: { resident: number; tensor: TensorData }; result: undefined };
  get: { args: { resident: number }; result: TensorData };
  drop: { args: { resident: number }; result: undefined };
  copyInto: { args: { from: Operand; place: Place }; result: undefined };
  createStore: {
    args: { store: number; layout: readonly ParameterSlot[]; length: number; options: StoreOptions };
    result: undefined;
  };
  dropStore: { args: { store: number }; result: undefined };
  readStore: { args: { store: number; array: StoreArray; range: Range }; result: Float32Array };
  writeStore: {
    args: { store: number; array: StoreArray; values: Float32Array; from: number };
    result: undefined;
  };
  adamw: { args: { store: number; options: AdamWOptions }; result: AdamWResult };
}

export type CallName = keyof Calls;

/** A tensor sent along, or one that is already in the worker. */
export type Operand = TensorData | { readonly resident: number };

/** Rows of `resident` along `axis`, from `offset` on. */
export interface Place {
  readonly resident: number;
  readonly axis: number;
  readonly offset: number;
}

export interface LoadRequest {
  readonly session: number;
  readonly bytes: Uint8Array;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly external: string | undefined;
  readonly options: SessionTuning;
  readonly binding:
    | { readonly store: number; readonly gradients: [output: string, parameter: string][] }
    | undefined;
}

/** How ONNX Runtime runs one program. */
export interface SessionTuning {
  /** Threads inside an operator; the host's number by default. */
  readonly threads?: number;
  /** Idle threads wait busily for work: faster alone, much slower where cores are shared. Default true. */
  readonly spinning?: boolean;
  /** Default 'all'. 'extended' keeps convolution weights mapped, at 14 to 18 % of their speed. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Copies weights into the kernels' own layout. Default: not where weights lie in external files. */
  readonly prepacking?: boolean;
  /** Keeps freed memory for the next run. Default true. */
  readonly arena?: boolean;
  /** Plans the memory of later runs as one block after the first one. Default true; large tensors then take twice as much. */
  readonly memoryPattern?: boolean;
  /** Notes where each operator runs, for `Session.placement`. Default false. */
  readonly profile?: boolean;
}

export interface RunRequest {
  readonly session: number;
  readonly feeds: [name: string, operand: Operand][];
  readonly fetch: readonly string[];
  readonly keep: [output: string, resident: number][];
  /** Outputs that are written in place of a resident that is fed. */
  readonly update: [output: string, resident: number][];
  readonly scatter: [output: string, place: Place][];
  readonly accumulate: boolean;
  readonly weights: 'parameters' | 'ema';
}

export interface WorkerSettings {
  readonly threads: number;
  readonly device: DeviceName;
  readonly precision: Precision;
  /** Default: the fastest that a probe finds to work. */
  readonly outputs?: OutputMode | undefined;
}

export type Request = { [K in CallName]: { id: number; call: K; args: Calls[K]['args'] } }[CallName];

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly node?: string | undefined;
  readonly operator?: string | undefined;
}

/** Answer 0 says that the worker is ready. */
export type Response = { id: number; result: unknown } | { id: number; error: WireError };
