import type { OnnxValue, TensorData } from '../graph/index.ts';
import { DeviceMemory } from './deviceMemory.ts';
import { emptyArray, type Held, HostMemory, type Memory, type Move } from './memory.ts';
import { OrtSession, type OrtTensor, ortTensor } from './node/ort.ts';
import { SpannedParameters } from './optimizer/spannedParameters.ts';
import { checkLayout } from './optimizer/storeMemory.ts';
import type { Calls, LoadRequest, Operand, RunRequest, WorkerSettings } from './protocol.ts';

interface Loaded {
  readonly session: OrtSession;
  readonly outputs: ReadonlyMap<string, OnnxValue>;
  readonly bound: BoundStore | undefined;
}

/** Tensors over a store's arrays, made once: what to feed and where gradients go. */
interface BoundStore {
  readonly store: SpannedParameters;
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
  private readonly memory: Memory;
  private readonly residents = new Map<number, Held>();
  private readonly stores = new Map<number, SpannedParameters>();

  constructor(settings: WorkerSettings) {
    this.settings = settings;
    const { device } = settings; // on CUDA, too, the binding keeps tensors with the host
    this.memory =
      device === 'webgpu' ? new DeviceMemory({ ...settings, external: undefined }) : new HostMemory();
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
    this.memory.clear(`${session} `);
  }

  placement({ session }: Calls['placement']['args']): Calls['placement']['result'] {
    return find(this.sessions, session).session.placement();
  }

  async run(request: RunRequest): Promise<[string, TensorData][]> {
    const { session, outputs, bound } = find(this.sessions, request.session);
    const feeds: Record<string, OrtTensor> = bound ? { ...bound.feeds[request.weights] } : {};
    const fedResidents = new Set<number>();
    for (const [name, operand] of request.feeds) {
      if ('resident' in operand) fedResidents.add(operand.resident);
      feeds[name] = this.tensor(operand);
    }
    const gradients = bound?.gradients[request.accumulate ? 'scratch' : 'gradients'];
    if (bound && !gradients) throw new RangeError('run: the store was made without room to accumulate');
    const fetches: Record<string, OrtTensor> = { ...gradients };
    const results = request.fetch.map((name): [string, TensorData] => {
      const { dtype, shape } = outputs.get(name)!;
      const data = emptyArray(dtype, shape);
      fetches[name] = ortTensor(dtype, data, shape);
      return [name, { dtype, shape, data }];
    });
    const detour = async (name: string): Promise<Held> => {
      const { dtype, shape } = outputs.get(name)!;
      const held = await this.memory.room(`${request.session} ${name}`, dtype, shape);
      fetches[name] = held.tensor;
      return held;
    };
    const copies: [from: Held, into: Held][] = [];
    for (const [name, id] of request.keep) {
      const resident = find(this.residents, id);
      // Writing into a tensor that the same run reads corrupts it while it is read: such outputs take a detour.
      if (fedResidents.has(id)) copies.push([await detour(name), resident]);
      else fetches[name] = resident.tensor;
    }
    for (const [name, id] of request.update) fetches[name] = find(this.residents, id).tensor;
    const moves: Move[] = [];
    for (const [name, { resident, axis, offset }] of request.scatter)
      moves.push({ from: await detour(name), into: find(this.residents, resident), axis, offset });
    await session.run(feeds, fetches);
    if (request.accumulate) bound?.store.accumulate();
    for (const [from, into] of copies) await this.memory.copy(from, into);
    await this.memory.write(moves);
    return results;
  }

  async put({ resident, tensor }: Calls['put']['args']): Promise<undefined> {
    this.residents.set(resident, await this.memory.put(tensor));
  }

  async get({ resident }: Calls['get']['args']): Promise<TensorData> {
    return this.memory.read(find(this.residents, resident));
  }

  drop({ resident }: Calls['drop']['args']): undefined {
    this.memory.free(find(this.residents, resident));
    this.residents.delete(resident);
  }

  async copyInto({ from, place }: Calls['copyInto']['args']): Promise<undefined> {
    const { resident, axis, offset } = place;
    const rows = 'resident' in from ? find(this.residents, from.resident) : from;
    await this.memory.write([{ from: rows, into: find(this.residents, resident), axis, offset }]);
  }

  createStore({ store, layout, length, options }: Calls['createStore']['args']): undefined {
    checkLayout(layout, length, options);
    this.stores.set(store, new SpannedParameters(layout, length, options));
  }

  dropStore({ store }: Calls['dropStore']['args']): undefined {
    this.stores.delete(store);
  }

  readStore({ store, array, range }: Calls['readStore']['args']): Float32Array {
    return find(this.stores, store).read(array, range);
  }

  writeStore({ store, array, values, from }: Calls['writeStore']['args']): undefined {
    find(this.stores, store).write(array, values, from);
  }

  adamw({ store, options }: Calls['adamw']['args']): Calls['adamw']['result'] {
    return find(this.stores, store).adamw(options);
  }

  private tensor(operand: Operand): OrtTensor {
    if ('resident' in operand) return find(this.residents, operand.resident).tensor;
    return ortTensor(operand.dtype, operand.data, operand.shape);
  }
}

/** Tensors for every program input that the store holds, and for every gradient output. */
function bind(
  store: SpannedParameters,
  inputs: readonly OnnxValue[],
  gradients: readonly [output: string, parameter: string][],
): BoundStore {
  const views = (
    array: Parameters<SpannedParameters['view']>[0],
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

/** The main thread checks handles before it calls, so a miss here is a mistake of this library. */
function find<T>(map: ReadonlyMap<number, T>, id: number): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`worker: no object ${id}`);
  return value;
}
