import type { OnnxProgram, OnnxValue, TensorData } from '../graph/index.ts';
import { checkTensorData, checkValue, outgoing } from './feeds.ts';
import type { ParameterStore, Resident, SessionHost } from './handles.ts';
import type { Placement } from './node/placement.ts';
import type { Operand, Place, SessionTuning } from './protocol.ts';
import { SessionError } from './sessionError.ts';

/** Options of `Session.load`. */
export interface LoadOptions extends SessionTuning {
  /** Feeds every program input that has the name of one of the store's parameters, without copies. */
  readonly store?: ParameterStore;
  /** Outputs that are gradients, each with its parameter: every run writes them into the store's gradients. */
  readonly gradients?: Readonly<Record<string, string>>;
}

/** Where an output's rows go: into a resident tensor, from `offset` on along `axis`. */
export interface ScatterTarget {
  /** The tensor that is written to. */
  readonly into: Resident;
  /** Axis of `into` along which rows are written. */
  readonly axis: number;
  /** First row of `into` that is written. */
  readonly offset: number;
}

/** Options of `Session.run`. */
export interface RunOptions {
  /** Outputs to return. Default: all that no other option and no gradient takes. */
  readonly fetch?: readonly string[];
  /**
   * Moves feeds to the worker instead of copying them: arrays that own their whole buffer are empty afterwards.
   * Default false.
   */
  readonly transfer?: boolean;
  /** Outputs that replace the contents of resident tensors of their dtype and shape. */
  readonly keep?: Readonly<Record<string, Resident>>;
  /**
   * Outputs that are written into resident tensors of their dtype and shape while these are fed to the same run: only
   * for operators that update a tensor in place, such as `groupQueryAttention`. Anything else would read what it has
   * just overwritten.
   */
  readonly update?: Readonly<Record<string, Resident>>;
  /** Outputs that become rows of resident tensors, e.g. new keys and values in a cache. */
  readonly scatter?: Readonly<Record<string, ScatterTarget>>;
  /** Adds to the store's gradients instead of replacing them. Default false. */
  readonly accumulate?: boolean;
  /** Which of the store's arrays is fed. Default 'parameters'. */
  readonly weights?: 'parameters' | 'ema';
}

/** A program that is ready to run in a worker. */
export class Session {
  /** Inputs of the program. */
  readonly inputs: readonly OnnxValue[];
  /** Outputs of the program. */
  readonly outputs: readonly OnnxValue[];
  private readonly host: SessionHost;
  private readonly id: number;
  private readonly fed: ReadonlyMap<string, OnnxValue>; // inputs that the caller feeds
  private readonly named: ReadonlyMap<string, OnnxValue>; // outputs that are no gradients
  private readonly isBound: boolean;
  private isReleased = false;

  private constructor(host: SessionHost, id: number, program: OnnxProgram, options: LoadOptions) {
    const { store, gradients = {} } = options;
    this.host = host;
    this.id = id;
    this.inputs = program.inputs;
    this.outputs = program.outputs;
    this.isBound = store !== undefined;
    this.fed = byName(program.inputs.filter((i) => !store?.slots.has(i.name)));
    this.named = byName(program.outputs.filter((o) => !Object.hasOwn(gradients, o.name)));
  }

  /** Called by `WorkerHost.load`. */
  static async load(host: SessionHost, program: OnnxProgram, options: LoadOptions): Promise<Session> {
    const { store, gradients = {}, ...tuning } = options;
    checkBinding(host, program, store, gradients);
    const id = host.newId();
    const { inputs, outputs, external } = program;
    const bytes = program.bytes.slice();
    const binding = store && { store: store.id, gradients: Object.entries(gradients) };
    const request = { session: id, bytes, inputs, outputs, external, options: tuning, binding };
    await host.call('load', request, [bytes.buffer]);
    return new Session(host, id, program, options);
  }

  /**
   * Runs the program. Feeds are tensors of the host, copied (see `transfer`), or resident ones. Results belong to
   * the caller. Throws a TypeError before anything runs where feeds do not match the program's inputs, and
   * `SessionError` where ONNX Runtime fails.
   */
  async run(
    feeds: Readonly<Record<string, TensorData | Resident>> = {},
    options: RunOptions = {},
  ): Promise<Record<string, TensorData>> {
    const {
      transfer = false,
      keep = {},
      update = {},
      scatter = {},
      accumulate = false,
      weights = 'parameters',
    } = options;
    if (this.isReleased) throw new SessionError('run: this session was released');
    if (accumulate && !this.isBound)
      throw new TypeError('run: accumulate needs a session that is bound to a store');
    const moved = new Set<ArrayBuffer>();
    const operands = this.operands(feeds, transfer, moved);
    const whole = ([name, resident]: [string, Resident]): [string, number] => {
      checkValue(`run: output '${name}'`, this.output(name), this.host.check(resident));
      return [name, resident.id];
    };
    const kept = Object.entries(keep).map(whole);
    const updated = Object.entries(update).map(whole);
    const scattered = Object.entries(scatter).map(([name, { into, axis, offset }]): [string, Place] => {
      this.host.checkRows(`run: output '${name}'`, into, this.output(name), axis, offset);
      return [name, { resident: into.id, axis, offset }];
    });
    const all = [...kept, ...updated, ...scattered].map(([name]) => name);
    const taken = new Set(all);
    if (taken.size < all.length) throw new TypeError('run: an output is taken twice (keep, update, scatter)');
    const fetch = options.fetch ?? [...this.named.keys()].filter((name) => !taken.has(name));
    for (const name of fetch) {
      this.output(name);
      if (taken.has(name))
        throw new TypeError(`run: output '${name}' is fetched, and kept, updated or scattered as well`);
    }
    const request = {
      session: this.id,
      feeds: operands,
      fetch: [...new Set(fetch)],
      keep: kept,
      update: updated,
      scatter: scattered,
    };
    return Object.fromEntries(await this.host.call('run', { ...request, accumulate, weights }, moved));
  }

  /**
   * Where each operator ran so far. Only where the session was loaded with `profile`, and once: the profile ends with it.
   */
  placement(): Promise<Placement[]> {
    return this.host.call('placement', { session: this.id });
  }

  /** Frees the session in the worker. */
  async release(): Promise<void> {
    if (this.isReleased) return;
    this.isReleased = true;
    await this.host.call('release', { session: this.id });
  }

  private operands(
    feeds: Readonly<Record<string, TensorData | Resident>>,
    transfer: boolean,
    moved: Set<ArrayBuffer>,
  ): [string, Operand][] {
    for (const name of this.fed.keys()) {
      if (!Object.hasOwn(feeds, name)) throw new TypeError(`run: input '${name}' is not fed`);
    }
    return Object.entries(feeds).map(([name, feed]): [string, Operand] => {
      const expected = this.fed.get(name);
      if (expected === undefined) {
        throw new TypeError(
          `run: the program has no input '${name}' to feed; it has ${list(this.fed.keys())}`,
        );
      }
      checkValue(`run: input '${name}'`, expected, feed);
      if (!('data' in feed)) return [name, { resident: this.host.check(feed).id }];
      checkTensorData(`run: input '${name}'`, feed);
      return [name, outgoing(feed, transfer, moved)];
    });
  }

  private output(name: string): OnnxValue {
    const value = this.named.get(name);
    if (value !== undefined) return value;
    throw new TypeError(
      `run: the program has no output '${name}' to take; it has ${list(this.named.keys())}`,
    );
  }
}

function checkBinding(
  host: SessionHost,
  { inputs, outputs }: OnnxProgram,
  store: ParameterStore | undefined,
  gradients: Readonly<Record<string, string>>,
): void {
  for (const value of [...inputs, ...outputs]) {
    if (value.dtype === 'bfloat16') {
      throw new TypeError(
        `load: '${value.name}' is bfloat16, which cannot be fed or fetched; cast it in the program`,
      );
    }
    const isKnown = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
    if (!value.shape.every((n) => isKnown(n) || (n === -1 && inputs.includes(value)))) {
      throw new TypeError(`load: '${value.name}' has shape [${value.shape}]; every dimension must be known`);
    }
  }
  if (store === undefined) {
    if (Object.keys(gradients).length > 0) throw new TypeError('load: gradients need a store');
    return;
  }
  host.check(store);
  for (const input of inputs) {
    const slot = store.slots.get(input.name);
    if (slot)
      checkValue(`load: parameter '${slot.name}' of the store`, input, {
        dtype: 'float32',
        shape: slot.shape,
      });
  }
  const outputsByName = byName(outputs);
  for (const [name, parameter] of Object.entries(gradients)) {
    const output = outputsByName.get(name);
    const slot = store.slots.get(parameter);
    if (output === undefined)
      throw new TypeError(`load: the program has no output '${name}' (gradient of '${parameter}')`);
    if (slot === undefined)
      throw new TypeError(`load: the store has no parameter '${parameter}' (gradient '${name}')`);
    checkValue(`load: gradient '${name}'`, { name, dtype: 'float32', shape: slot.shape }, output);
  }
}

const byName = (values: readonly OnnxValue[]): Map<string, OnnxValue> =>
  new Map(values.map((v) => [v.name, v]));

/** The first few names. */
function list(names: Iterable<string>): string {
  const all = [...names];
  const first = all.slice(0, 8).map((n) => `'${n}'`);
  return first.length === 0 ? 'none' : first.join(', ') + (all.length > 8 ? `, ... (${all.length})` : '');
}
