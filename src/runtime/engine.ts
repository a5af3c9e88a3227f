import { bytesPerElement, type OnnxValue, sizeOf, type TensorData, type TypedArray } from '../graph/index.ts';
import { OrtSession, type OrtTensor, ortTensor } from './ort.ts';
import { checkLayout, FlatParameters } from './parameterStore.ts';
import type { Calls, LoadRequest, Operand, Place, RunRequest, WorkerSettings } from './protocol.ts';
import { arrayOf } from './safetensors.ts';

interface Loaded {
  readonly session: OrtSession;
  readonly outputs: ReadonlyMap<string, OnnxValue>;
  readonly bound: BoundStore | undefined;
}

/** Tensors over a store's arrays, made once: what to feed and where gradients go. */
interface BoundStore {
  readonly store: FlatParameters;
  readonly feeds: { readonly [K in 'parameters' | 'ema']: Record<string, OrtTensor> };
  readonly gradients: {
    readonly gradients: Record<string, OrtTensor>;
    /** Where the store adds batches. */
    readonly scratch: Record<string, OrtTensor> | undefined;
  };
}

/** The worker's side: holds sessions, resident tensors and parameter stores, and answers calls. */
export class Engine {
  private readonly settings: WorkerSettings;
  private readonly sessions = new Map<number, Loaded>();
  private readonly residents = new Map<number, TensorData>();
  private readonly stores = new Map<number, FlatParameters>();

  constructor(settings: WorkerSettings) {
    this.settings = settings;
  }

  async load(request: LoadRequest): Promise<undefined> {
    const { inputs, outputs, options, binding, external } = request;
    const settings = { ...this.settings, ...options, external };
    const session = await OrtSession.create(request.bytes, settings);
    const bound = binding && bind(find(this.stores, binding.store), inputs, binding.gradients);
    this.sessions.set(request.session, { session, outputs: new Map(outputs.map((o) => [o.name, o])), bound });
  }

  async release({ session }: Calls['release']['args']): Promise<undefined> {
    await find(this.sessions, session).session.release();
    this.sessions.delete(session);
  }

  async run(request: RunRequest): Promise<[string, TensorData][]> {
    const { session, outputs, bound } = find(this.sessions, request.session);
    const feeds: Record<string, OrtTensor> = bound ? { ...bound.feeds[request.weights] } : {};
    const fedResidents = new Set<number>();
    for (const [name, operand] of request.feeds) {
      if ('resident' in operand) fedResidents.add(operand.resident);
      const { dtype, data, shape } = this.operand(operand);
      feeds[name] = ortTensor(dtype, data, shape);
    }
    const gradients = bound?.gradients[request.accumulate ? 'scratch' : 'gradients'];
    if (bound && !gradients) throw new RangeError('run: the store was made without room to accumulate');
    const fetches: Record<string, OrtTensor> = { ...gradients };
    const target = (name: string, into: TypedArray | undefined): TensorData => {
      const { dtype, shape } = outputs.get(name)!;
      const data = into ?? arrayOf(dtype, new ArrayBuffer(sizeOf(shape) * bytesPerElement[dtype]));
      fetches[name] = ortTensor(dtype, data, shape);
      return { dtype, shape, data };
    };
    const results = request.fetch.map((name): [string, TensorData] => [name, target(name, undefined)]);
    // Writing into a tensor that the same run reads corrupts it while it is read: such outputs take a detour.
    const kept = request.keep.map(([name, id]) => {
      const resident = this.operand({ resident: id });
      return { resident, value: target(name, fedResidents.has(id) ? undefined : resident.data) };
    });
    for (const [name, id] of request.update) target(name, this.operand({ resident: id }).data);
    const scattered = request.scatter.map(([name, place]) => ({ place, value: target(name, undefined) }));
    await session.run(feeds, fetches);
    if (request.accumulate) bound?.store.accumulate();
    for (const { resident, value } of kept)
      if (value.data !== resident.data) setAll(resident.data, value.data);
    for (const { place, value } of scattered) this.write(value, place);
    return results;
  }

  put({ resident, tensor }: Calls['put']['args']): undefined {
    this.residents.set(resident, tensor);
  }

  get({ resident }: Calls['get']['args']): TensorData {
    const { dtype, shape, data } = find(this.residents, resident);
    return { dtype, shape, data: data.slice() };
  }

  drop({ resident }: Calls['drop']['args']): undefined {
    this.residents.delete(resident);
  }

  copyInto({ from, place }: Calls['copyInto']['args']): undefined {
    this.write(this.operand(from), place);
  }

  createStore({ store, layout, length, options }: Calls['createStore']['args']): undefined {
    checkLayout(layout, length, options);
    this.stores.set(store, new FlatParameters(layout, length, options));
  }

  dropStore({ store }: Calls['dropStore']['args']): undefined {
    this.stores.delete(store);
  }

  readStore({ store, array }: Calls['readStore']['args']): Float32Array {
    return find(this.stores, store).read(array);
  }

  writeStore({ store, array, values }: Calls['writeStore']['args']): undefined {
    find(this.stores, store).write(array, values);
  }

  adamw({ store, options }: Calls['adamw']['args']): Calls['adamw']['result'] {
    return find(this.stores, store).adamw(options);
  }

  private operand(operand: Operand): TensorData {
    return 'resident' in operand ? find(this.residents, operand.resident) : operand;
  }

  private write(from: TensorData, { resident, axis, offset }: Place): void {
    copyRows(find(this.residents, resident), from, axis, offset);
  }
}

/** Tensors for every program input that the store holds, and for every gradient output. */
function bind(
  store: FlatParameters,
  inputs: readonly OnnxValue[],
  gradients: readonly [output: string, parameter: string][],
): BoundStore {
  const views = (
    array: Parameters<FlatParameters['view']>[0],
    names: readonly (readonly [string, string])[],
  ) =>
    Object.fromEntries(
      names.map(([name, parameter]): [string, OrtTensor] => {
        const slot = store.slots.get(parameter)!;
        return [name, ortTensor('float32', store.view(array, slot), slot.shape)];
      }),
    );
  const fed = inputs.filter((i) => store.slots.has(i.name)).map((i) => [i.name, i.name] as const);
  return {
    store,
    feeds: { parameters: views('parameters', fed), ema: views('ema', fed) },
    gradients: {
      gradients: views('gradients', gradients),
      scratch: store.accumulates ? views('scratch', gradients) : undefined,
    },
  };
}

/** Writes `from` into `into` at `offset` along `axis`; every other dimension is equal. */
export function copyRows(into: TensorData, from: TensorData, axis: number, offset: number): void {
  const inner = sizeOf(into.shape.slice(axis + 1));
  const outer = sizeOf(into.shape.slice(0, axis));
  const rows = from.shape[axis]! * inner;
  const stride = into.shape[axis]! * inner;
  for (let i = 0; i < outer; i++) {
    setAll(into.data, from.data.subarray(i * rows, (i + 1) * rows), i * stride + offset * inner);
  }
}

/** Both have one dtype, so one kind of array. */
function setAll(into: TypedArray, from: TypedArray, at = 0): void {
  (into as Float32Array).set(from as Float32Array, at);
}

/** The main thread checks handles before it calls, so a miss here is a mistake of this library. */
function find<T>(map: ReadonlyMap<number, T>, id: number): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`worker: no object ${id}`);
  return value;
}
