import { type DType, OnnxWriter, sizeOf, type TensorData } from '../graph/index.ts';
import { emptyArray, type Held, HostMemory, type Memory, type Move } from './memory.ts';
import { OrtSession, type OrtSessionSettings, type OrtTensor, ortTensor, viewOf } from './node/ort.ts';

/** What tensors of the device may be. Others stay with the host, which sends them along at every run. */
const deviceTypes: ReadonlySet<DType> = new Set(['float32', 'float16', 'int32']);

interface DeviceHeld extends Held {
  /** The tensor that owns the memory; `tensor` sees it in its shape. */
  readonly owner: OrtTensor;
}

const isOnDevice = (x: TensorData | Held): x is DeviceHeld => 'owner' in x;

/**
 * Memory of a GPU that ONNX Runtime reaches through WebGPU. Small programs do what its JavaScript binding does not: an
 * Identity whose output stays there uploads, one whose output does not downloads, a ScatterND that is given its input's
 * own memory for its output writes rows in place (0.3 ms, whatever the size of what it writes into).
 */
export class DeviceMemory implements Memory {
  private readonly settings: OrtSessionSettings;
  private readonly host = new HostMemory();
  private readonly sessions = new Map<string, Promise<OrtSession>>();
  private readonly rooms = new Map<string, Held>();

  constructor(settings: OrtSessionSettings) {
    this.settings = { ...settings, external: undefined };
  }

  async put(tensor: TensorData): Promise<Held> {
    const { dtype, shape, data } = tensor;
    if (!deviceTypes.has(dtype)) return this.host.put(tensor);
    const upload = await this.session(`upload ${dtype}`, () => identity(dtype), 'device');
    const { y } = await upload.compute({ x: ortTensor(dtype, data, [data.length]) });
    const owner = y as OrtTensor;
    const held: DeviceHeld = { dtype, shape, owner, tensor: viewOf(owner, shape) };
    return held;
  }

  async read(held: Held): Promise<TensorData> {
    if (!isOnDevice(held)) return this.host.read(held);
    const { dtype, shape, owner } = held;
    const data = emptyArray(dtype, shape);
    const download = await this.session(`identity ${dtype}`, () => identity(dtype));
    await download.run({ x: viewOf(owner, [data.length]) }, { y: ortTensor(dtype, data, [data.length]) });
    return { dtype, shape, data };
  }

  free(held: Held): void {
    if (isOnDevice(held)) held.owner.dispose();
  }

  async room(key: string, dtype: DType, shape: readonly number[]): Promise<Held> {
    if (!deviceTypes.has(dtype)) return this.host.room(key, dtype, shape);
    const known = this.rooms.get(key);
    if (known) return known;
    const held = await this.put({ dtype, shape, data: emptyArray(dtype, shape) });
    this.rooms.set(key, held);
    return held;
  }

  /** Frees the room of keys that begin with `prefix`. */
  clear(prefix: string): void {
    for (const [key, held] of this.rooms) {
      if (!key.startsWith(prefix)) continue;
      this.rooms.delete(key);
      this.free(held);
    }
  }

  async copy(from: Held, into: Held): Promise<void> {
    if (!isOnDevice(from) || !isOnDevice(into)) return this.host.copy(from, into);
    const session = await this.session(`identity ${into.dtype}`, () => identity(into.dtype));
    const flat = [sizeOf(into.shape)];
    await session.run({ x: viewOf(from.owner, flat) }, { y: viewOf(into.owner, flat) });
  }

  async write(moves: readonly Move[]): Promise<void> {
    const here = moves.filter(({ into }) => isOnDevice(into));
    const others = moves.filter(({ into }) => !isOnDevice(into));
    for (const { from, ...rest } of others)
      await this.host.write([{ ...rest, from: isOnDevice(from) ? await this.read(from) : from }]);
    // one run for all that go to the same places, such as the keys and values of all layers
    const groups = new Map<string, Move[]>();
    for (const move of here) {
      const { from, into, axis, offset } = move;
      const key = `${into.dtype} ${into.shape} ${from.shape} ${axis} ${offset}`;
      groups.set(key, [...(groups.get(key) ?? []), move]);
    }
    for (const group of groups.values()) await this.writeAlike(group);
  }

  /** Writes rows of one shape into tensors of one shape, all at the same place. */
  private async writeAlike(moves: readonly Move[]): Promise<void> {
    const [{ from, into, axis, offset }] = moves as [Move];
    const { dtype } = into;
    const inner = sizeOf(into.shape.slice(axis + 1));
    const outer = sizeOf(into.shape.slice(0, axis));
    const [count, room] = [from.shape[axis]!, into.shape[axis]!];
    const at = BigInt64Array.from({ length: outer * count }, (_, i) =>
      BigInt(Math.floor(i / count) * room + offset + (i % count)),
    );
    const session = await this.session(`scatter ${dtype} ${moves.length}`, () =>
      scatter(dtype, moves.length),
    );
    const feeds: Record<string, OrtTensor> = { at: ortTensor('int64', at, [at.length, 1]) };
    const outputs: Record<string, OrtTensor> = {};
    moves.forEach((move, i) => {
      const rows = [outer * count, inner];
      const whole = viewOf((move.into as DeviceHeld).owner, [outer * room, inner]);
      feeds[`rows${i}`] = isOnDevice(move.from)
        ? viewOf(move.from.owner, rows)
        : ortTensor(dtype, (move.from as TensorData).data, rows);
      feeds[`into${i}`] = whole;
      outputs[`out${i}`] = whole;
    });
    await session.run(feeds, outputs);
  }

  private session(key: string, bytes: () => Uint8Array, location?: 'device'): Promise<OrtSession> {
    const known = this.sessions.get(key);
    if (known) return known;
    const made = OrtSession.create(bytes(), { ...this.settings, location });
    this.sessions.set(key, made);
    made.catch(() => this.sessions.delete(key)); // the next call tries again
    return made;
  }
}

/** y = x, of any length. */
function identity(dtype: DType): Uint8Array {
  const onnx = new OnnxWriter();
  onnx.node('Identity', ['x'], { outputs: ['y'] });
  const value = (name: string) => ({ name, dtype, shape: [-1] });
  return onnx.finish([value('x')], [value('y')]);
}

/** out_i = into_i with rows_i at the rows `at`; does nothing else, so `into` and `out` may be the same memory. */
function scatter(dtype: DType, count: number): Uint8Array {
  const onnx = new OnnxWriter();
  const matrix = (name: string) => ({ name, dtype, shape: [-1, -1] });
  const all = Array.from({ length: count }, (_, i) => i);
  for (const i of all) onnx.node('ScatterND', [`into${i}`, 'at', `rows${i}`], { outputs: [`out${i}`] });
  const at = { name: 'at', dtype: 'int64', shape: [-1, 1] } as const;
  const inputs = [at, ...all.flatMap((i) => [matrix(`into${i}`), matrix(`rows${i}`)])];
  return onnx.finish(
    inputs,
    all.map((i) => matrix(`out${i}`)),
  );
}
