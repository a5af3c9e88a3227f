import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { logOf } from '../base/index.ts';
import {
  type DType,
  type OnnxProgram,
  type Precision,
  providers,
  sameShape,
  sizeOf,
  type Target,
  type TensorData,
} from '../graph/index.ts';
import { checkDeviceName, checkPrecision, DeviceError, type DeviceName } from './devices.ts';
import { checkTensorData, outgoing } from './feeds.ts';
import type { ParameterStore, Resident, SessionHost } from './handles.ts';
import { type OutputMode, outputModes } from './node/outputMode.ts';
import { disableTelemetry } from './node/telemetry.ts';
import type { ParameterSlot, Range } from './optimizer/parameterLayout.ts';
import type { AdamWOptions, AdamWResult } from './optimizer/parameterStore.ts';
import { checkLayout, type StoreArray, type StoreOptions } from './optimizer/storeMemory.ts';
import type { CallName, Calls, Response, WireError, WorkerSettings } from './protocol.ts';
import { type LoadOptions, Session } from './session.ts';
import { SessionError } from './sessionError.ts';

const log = logOf('runtime');

/** Options of `WorkerHost.start`. */
export interface WorkerHostOptions {
  /** Threads inside an operator. Default: what the machine has for this process. */
  readonly threads?: number;
  /** Default 'cpu'. */
  readonly device?: DeviceName;
  /** What programs compute in, see `CompileOptions`. Default 'float32'; 'float16' is for devices. */
  readonly precision?: Precision;
  /** How the binding hands outputs over, to look for faults in it. Default: the fastest that a probe finds to work. */
  readonly outputs?: OutputMode;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * A worker thread that runs ONNX Runtime sessions, so that the event loop goes on. It answers calls in their order.
 * An idle worker does not keep the process alive.
 */
export class WorkerHost implements SessionHost {
  /** Threads of the CPU that ONNX Runtime uses. */
  readonly threads: number;
  /** The device that programs run on. */
  readonly device: DeviceName;
  /** The precision that programs are compiled for. */
  readonly precision: Precision;
  private mode: OutputMode = 'copied';
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly alive = new Set<Resident | ParameterStore>();
  private failure: SessionError | undefined;
  private onIdle: (() => void) | undefined;
  private closing: Promise<void> | undefined;
  private nextId = 1;

  private constructor(worker: Worker, settings: WorkerSettings) {
    this.worker = worker;
    this.threads = settings.threads;
    this.device = settings.device;
    this.precision = settings.precision;
    worker.on('message', (response: Response) => this.settle(response));
    worker.on('messageerror', (error) => this.fail(`a worker's answer could not be read: ${error.message}`));
    worker.on('error', (error) => this.fail(`the worker failed: ${error.message}`));
    worker.on('exit', (code) => this.fail(`the worker stopped with exit code ${code}`));
  }

  /** How the binding hands outputs over here, see `OutputMode`. */
  get outputs(): OutputMode {
    return this.mode;
  }

  /** How graphs are written for this host: `compile(outputs, { ...host.target, ... })`. */
  get target(): Target {
    return { ...providers[this.device], precision: this.precision };
  }

  /** Starts a worker and tries its device. Throws `DeviceError` where the device is not there. */
  static async start(options: WorkerHostOptions = {}): Promise<WorkerHost> {
    const { threads = availableParallelism(), device = 'cpu', precision = 'float32', outputs } = options;
    if (!Number.isInteger(threads) || threads < 1) {
      throw new RangeError(`WorkerHost.start: threads must be an integer from 1, got ${threads}`);
    }
    if (outputs !== undefined && !outputModes.includes(outputs))
      throw new RangeError(
        `WorkerHost.start: outputs must be one of ${outputModes.join(', ')}, got '${outputs}'`,
      );
    const where = { device: checkDeviceName(device), precision };
    const settings: WorkerSettings = { threads, device, precision: checkPrecision(where), outputs };
    log.debug('starting a worker', { ...settings });
    disableTelemetry();
    const worker = startWorker(settings);
    const host = new WorkerHost(worker, settings);
    const started = new Promise<unknown>((resolve, reject) => host.pending.set(0, { resolve, reject }));
    host.mode = (await started.catch(async (error: Error) => {
      await worker.terminate();
      throw error;
    })) as OutputMode;
    return host;
  }

  /** Prepares a program to run here. Throws `SessionError` where ONNX Runtime refuses it. */
  async load(program: OnnxProgram, options: LoadOptions = {}): Promise<Session> {
    const began = performance.now();
    const session = await Session.load(this, program, options);
    log.debug('program loaded', { bytes: program.bytes.length, ms: Math.round(performance.now() - began) });
    return session;
  }

  /** Puts a tensor into the worker: copied, or moved with `transfer` where its array owns its buffer. */
  async put(
    name: string,
    tensor: TensorData,
    { transfer = false }: { transfer?: boolean } = {},
  ): Promise<Resident> {
    checkTensorData(`put '${name}'`, tensor);
    const resident: Resident = { id: this.newId(), name, dtype: tensor.dtype, shape: [...tensor.shape] };
    const moved = new Set<ArrayBuffer>();
    await this.call('put', { resident: resident.id, tensor: outgoing(tensor, transfer, moved) }, moved);
    this.alive.add(resident);
    return resident;
  }

  /** A copy of a resident tensor. */
  async get(resident: Resident): Promise<TensorData> {
    this.check(resident);
    return this.call('get', { resident: resident.id });
  }

  /** Frees a resident tensor. */
  async drop(resident: Resident): Promise<void> {
    this.check(resident);
    this.alive.delete(resident);
    await this.call('drop', { resident: resident.id });
  }

  /** Writes `from` into a resident tensor, from `offset` on along `axis`; the other dimensions must be equal. */
  async copyInto(into: Resident, from: TensorData | Resident, axis: number, offset: number): Promise<void> {
    this.checkRows(`copyInto '${into.name}'`, into, from, axis, offset);
    const moved = new Set<ArrayBuffer>();
    const operand = 'data' in from ? outgoing(from, false, moved) : { resident: this.check(from).id };
    await this.call('copyInto', { from: operand, place: { resident: into.id, axis, offset } }, moved);
  }

  /** Makes a flat store of `length` values in which the parameters lie as `layout` says. */
  async createStore(
    layout: readonly ParameterSlot[],
    length: number,
    options: StoreOptions = {},
  ): Promise<ParameterStore> {
    checkLayout(layout, length, options);
    const slots = new Map(layout.map((slot) => [slot.name, slot]));
    const store: ParameterStore = { id: this.newId(), layout, length, slots };
    await this.call('createStore', { store: store.id, layout, length, options });
    this.alive.add(store);
    return store;
  }

  /** Frees a store; sessions that are bound to it keep its memory until they are released. */
  async dropStore(store: ParameterStore): Promise<void> {
    this.check(store);
    this.alive.delete(store);
    await this.call('dropStore', { store: store.id });
  }

  /** A copy of one of a store's arrays, by default all of it; a range cuts no parameter. */
  async readStore(
    store: ParameterStore,
    array: StoreArray,
    range: Range = [0, store.length],
  ): Promise<Float32Array> {
    checkPiece('readStore', this.check(store), range);
    return this.call('readStore', { store: store.id, array, range });
  }

  /** Fills one of a store's arrays, by default all of it; a range cuts no parameter. Moves `values` with `transfer`. */
  async writeStore(
    store: ParameterStore,
    array: StoreArray,
    values: Float32Array,
    { transfer = false, range = [0, store.length] }: { transfer?: boolean; range?: Range } = {},
  ): Promise<void> {
    checkPiece('writeStore', this.check(store), range);
    const [from, length] = range;
    if (values.length !== length)
      throw new RangeError(`writeStore: expected ${length} values, got ${values.length}`);
    const moved = new Set<ArrayBuffer>();
    const { data } = outgoing({ dtype: 'float32', shape: [length], data: values }, transfer, moved);
    await this.call('writeStore', { store: store.id, array, values: data as Float32Array, from }, moved);
  }

  /** One optimizer step over a store with the gradients that it holds; see `FlatParameters.adamw`. */
  async adamw(store: ParameterStore, options: AdamWOptions): Promise<AdamWResult> {
    this.check(store);
    if (!Number.isInteger(options.step) || options.step < 1) {
      throw new RangeError(`adamw: step must be an integer from 1, got ${options.step}`);
    }
    for (const [name, value] of Object.entries(options)) {
      if (typeof value === 'number' && !Number.isFinite(value))
        throw new RangeError(`adamw: ${name} is ${value}`);
    }
    for (const name of ['noDecay', 'frozen'] as const)
      for (const range of options[name] ?? []) checkRange(`adamw: ${name}`, range, store.length);
    return this.call('adamw', { store: store.id, options });
  }

  /** Waits for the calls under way, then ends the worker. Later calls are rejected. */
  async close(): Promise<void> {
    this.failure ??= new SessionError('the worker was closed');
    this.closing ??= new Promise<void>((resolve) => {
      this.onIdle = resolve;
      if (this.pending.size === 0) resolve();
    }).then(async () => {
      await this.worker.terminate();
    });
    return this.closing;
  }

  /** For this room's own use, like the three below. */
  call<K extends CallName>(
    call: K,
    args: Calls[K]['args'],
    moved: Iterable<ArrayBuffer> = [],
  ): Promise<Calls[K]['result']> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) throw this.failure;
      const id = this.newId();
      this.worker.postMessage({ id, call, args }, [...moved]);
      this.pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.worker.ref();
    });
  }

  /** A handle's number, unused so far. */
  newId(): number {
    return this.nextId++;
  }

  /** Throws a TypeError for a handle of another host, or one that was dropped. */
  check<T extends Resident | ParameterStore>(handle: T): T {
    if (this.alive.has(handle)) return handle;
    const what = 'name' in handle ? `resident tensor '${handle.name}'` : 'parameter store';
    throw new TypeError(`this ${what} was dropped, or belongs to another WorkerHost`);
  }

  /** Throws a TypeError unless `from` fits into `into` along `axis` at `offset`. */
  checkRows(
    who: string,
    into: Resident,
    from: { readonly dtype: DType; readonly shape: readonly number[] },
    axis: number,
    offset: number,
  ): void {
    this.check(into);
    const rows = from.shape[axis];
    const room = into.shape[axis];
    const expected = into.shape.map((n, i) => (i === axis ? rows : n)) as number[];
    const fits =
      rows !== undefined &&
      room !== undefined &&
      offset >= 0 &&
      Number.isInteger(offset) &&
      offset + rows <= room;
    if (!fits || from.dtype !== into.dtype || !sameShape(from.shape, expected)) {
      throw new TypeError(
        `${who}: ${from.dtype} [${from.shape}] does not fit into ${into.dtype} [${into.shape}] at ${offset} of axis ${axis}`,
      );
    }
  }

  private settle(response: Response): void {
    const { id } = response;
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if ('error' in response) pending?.reject(revive(response.error));
    else pending?.resolve(response.result);
    if (this.pending.size === 0) {
      this.worker.unref();
      this.onIdle?.();
    }
  }

  private fail(message: string): void {
    this.failure ??= new SessionError(message);
    const calls = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of calls) reject(this.failure);
    this.onIdle?.();
  }
}

function startWorker(workerData: WorkerSettings): Worker {
  const entry = import.meta.url.endsWith('.ts') ? './node/workerFromSource.mjs' : './node/worker.js';
  return new Worker(new URL(entry, import.meta.url), { workerData, execArgv: [] });
}

function revive({ name, message, node, operator }: WireError): Error {
  if (name === 'DeviceError') return new DeviceError(message);
  return new SessionError(message, { node, operator });
}

function checkRange(who: string, [offset, count]: Range, length: number): void {
  const isInside =
    [offset, count].every((n) => Number.isSafeInteger(n) && n >= 0) && offset + count <= length;
  if (isInside) return;
  throw new RangeError(`${who} range [${offset}, ${count}] lies outside of the store's ${length} values`);
}

/** Moments of 8 bits are packed by parameters: a part of one cannot be written. */
function checkPiece(who: string, { length, layout }: ParameterStore, [offset, count]: Range): void {
  checkRange(`${who}:`, [offset, count], length);
  const cut = [offset, offset + count].flatMap((at) =>
    layout.filter((slot) => slot.offset < at && at < slot.offset + sizeOf(slot.shape)),
  );
  if (cut[0]) throw new RangeError(`${who}: range [${offset}, ${count}] cuts parameter '${cut[0].name}'`);
}
