import type { StoredDType } from '../safetensorsHeader.ts';
import {
  PickleError,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  type UnpickleOptions,
} from './unpickle.ts';

/** Values of one dtype that lie together in the file, known by a key; tensors are views of them. */
export class TorchStorage extends PickleObject {
  readonly key: string;
  readonly dtype: StoredDType;
  /** Number of values. */
  readonly length: number;

  constructor(key: string, dtype: StoredDType, length: number) {
    super();
    this.key = key;
    this.dtype = dtype;
    this.length = length;
  }
}

/** A tensor: which of a storage's values, in which order. Counted in values, not bytes. */
export class TorchTensor extends PickleObject {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** Whether its values lie in the order of its shape, without gaps. */
  get isContiguous(): boolean {
    let expected = 1;
    for (let i = this.shape.length - 1; i >= 0; i--) {
      if (this.shape[i] !== 1 && this.strides[i] !== expected) return false;
      expected *= this.shape[i] as number;
    }
    return true;
  }
}

interface StorageType {
  readonly dtype: StoredDType;
  readonly bytes: number;
}

/** torch's names of storages and what they hold. */
export const storageTypes: Readonly<Record<string, StorageType>> = {
  'torch.FloatStorage': { dtype: 'float32', bytes: 4 },
  'torch.DoubleStorage': { dtype: 'float64', bytes: 8 },
  'torch.HalfStorage': { dtype: 'float16', bytes: 2 },
  'torch.BFloat16Storage': { dtype: 'bfloat16', bytes: 2 },
  'torch.LongStorage': { dtype: 'int64', bytes: 8 },
  'torch.IntStorage': { dtype: 'int32', bytes: 4 },
  'torch.ShortStorage': { dtype: 'int16', bytes: 2 },
  'torch.CharStorage': { dtype: 'int8', bytes: 1 },
  'torch.ByteStorage': { dtype: 'uint8', bytes: 1 },
  'torch.BoolStorage': { dtype: 'bool', bytes: 1 },
};

export const bytesOfStored = (dtype: StoredDType): number =>
  Object.values(storageTypes).find((t) => t.dtype === dtype)?.bytes as number;

/** What torch.save's pickles may import: storages, tensors over them, and containers. */
export const torchPickle: UnpickleOptions = {
  calls: {
    'collections.OrderedDict': ([items]) => {
      const map = new Map<PickleValue, PickleValue>();
      for (const pair of Array.isArray(items) ? items : []) {
        const [key, value] = Array.isArray(pair) ? pair : pair instanceof PickleTuple ? pair.items : [];
        if (key === undefined || value === undefined) throw new PickleError('a dict of what are no pairs');
        map.set(key, value);
      }
      return map;
    },
    'torch._utils._rebuild_tensor': rebuildTensor,
    'torch._utils._rebuild_tensor_v2': rebuildTensor,
    'torch._utils._rebuild_parameter': ([data]) => data ?? null,
    'torch._utils._rebuild_parameter_with_state': ([data]) => data ?? null,
    'torch.Size': ([sizes]) => sizes ?? new PickleTuple([]),
    '_codecs.encode': ([text]) => (typeof text === 'string' ? Buffer.from(text, 'latin1') : null),
  },
  inert: (path) => Object.hasOwn(storageTypes, path) || /^torch\.[a-z]+\d*$/.test(path),
  persistent: (id) => {
    // ('storage', type, key, device, number of values); older files add a view, always None
    const parts = id instanceof PickleTuple ? id.items : [];
    const [what, type, key, , length] = parts;
    const known = type instanceof PickleGlobal ? storageTypes[type.path] : undefined;
    if (what !== 'storage' || typeof key !== 'string' || !isCount(length)) {
      throw new PickleError('refers to something that is no storage');
    }
    if (!known) throw new PickleError('has a storage of an unknown type');
    return new TorchStorage(key, known.dtype, length);
  },
};

function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
  const counts = (value: PickleValue | undefined): number[] => {
    const items = value instanceof PickleTuple ? value.items : undefined;
    if (!items?.every(isCount)) throw new PickleError('a tensor whose shape or strides are no numbers');
    return items as number[];
  };
  if (!(storage instanceof TorchStorage) || !isCount(offset)) throw new PickleError('a tensor of no storage');
  const [sizes, steps] = [counts(shape), counts(strides)];
  if (sizes.length !== steps.length || sizes.length > 16)
    throw new PickleError('a tensor with other strides than axes');
  const last = sizes.includes(0)
    ? -1
    : sizes.reduce((at, n, i) => at + (n - 1) * (steps[i] as number), offset);
  const size = sizes.reduce((a, b) => a * b, 1);
  if (last >= storage.length || !Number.isSafeInteger(size)) {
    throw new PickleError(`a tensor [${sizes}] that its storage of ${storage.length} values does not hold`);
  }
  return new TorchTensor(storage, offset, sizes, steps);
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
