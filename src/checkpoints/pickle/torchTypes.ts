import { sizeOf } from '../../graph/index.ts';
import { type StoredDType, storedDtypes } from '../safetensorsHeader.ts';
import { PickleError, PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './pickleValues.ts';

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

  /** The same bytes as values of another dtype; a part of a value at the end does not count. */
  as(dtype: StoredDType): TorchStorage {
    const bytes = this.length * bytesOfStored(this.dtype);
    return new TorchStorage(this.key, dtype, Math.floor(bytes / bytesOfStored(dtype)));
  }
}

/** A tensor: which of a storage's values, in which order. Counted in values, not bytes. */
export class TorchTensor extends PickleObject {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  /** Throws `PickleError` where a value would lie outside of the storage. */
  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    if (offset + this.span > storage.length || !Number.isSafeInteger(sizeOf(shape))) {
      throw new PickleError(
        `has a tensor [${shape}] that its storage of ${storage.length} values does not hold`,
      );
    }
  }

  /** How many of the storage's values there are from the tensor's first to its last. */
  get span(): number {
    if (this.shape.includes(0)) return 0;
    return this.shape.reduce((at, n, axis) => at + (n - 1) * (this.strides[axis] as number), 1);
  }

  /** Whether its values lie in the order of its shape, without gaps. */
  get isContiguous(): boolean {
    if (this.shape.includes(0)) return true;
    let expected = 1;
    for (let i = this.shape.length - 1; i >= 0; i--) {
      if (this.shape[i] !== 1 && this.strides[i] !== expected) return false;
      expected *= this.shape[i] as number;
    }
    return true;
  }
}

/** torch's classes of storages and what they hold. */
export const storageDtypes: Readonly<Record<string, StoredDType>> = {
  'torch.FloatStorage': 'float32',
  'torch.DoubleStorage': 'float64',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.LongStorage': 'int64',
  'torch.IntStorage': 'int32',
  'torch.ShortStorage': 'int16',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.BoolStorage': 'bool',
  // bytes, of which the tensor says what they are
  'torch.storage.UntypedStorage': 'uint8',
  'torch.UntypedStorage': 'uint8',
};

/**
 * torch's dtypes under the names that pickles give them; those that have no name here can stand in one,
 * unused.
 */
export const torchDtypes: Readonly<Record<string, StoredDType | undefined>> = {
  'torch.float32': 'float32',
  'torch.float64': 'float64',
  'torch.float16': 'float16',
  'torch.bfloat16': 'bfloat16',
  'torch.int64': 'int64',
  'torch.int32': 'int32',
  'torch.int16': 'int16',
  'torch.int8': 'int8',
  'torch.uint8': 'uint8',
  'torch.uint16': 'uint16',
  'torch.uint32': 'uint32',
  'torch.uint64': 'uint64',
  'torch.bool': 'bool',
  'torch.float8_e4m3fn': 'float8e4m3',
  'torch.float8_e5m2': 'float8e5m2',
  'torch.complex32': undefined,
  'torch.complex64': undefined,
  'torch.complex128': undefined,
};

const widths = new Map<StoredDType, number>(Object.values(storedDtypes).map((t) => [t.dtype, t.bytes]));

export const bytesOfStored = (dtype: StoredDType): number => widths.get(dtype) as number;

/**
 * A storage from its persistent id: ('storage', class, key, device, number of values). Files from before 1.6
 * add a view of another storage, which torch no longer writes: None.
 */
export function storageOf(id: PickleValue): TorchStorage {
  const [what, type, key, , length, view] = id instanceof PickleTuple ? id.items : [];
  if (what !== 'storage' || !(type instanceof PickleGlobal) || typeof key !== 'string' || !isCount(length)) {
    throw new PickleError('refers to something that is no storage');
  }
  if (!Object.hasOwn(storageDtypes, type.path)) {
    throw new PickleError(`has a storage of an unknown type, ${JSON.stringify(type.path)}`);
  }
  if (view !== undefined && view !== null) throw new PickleError('has a storage inside of another');
  return new TorchStorage(key, storageDtypes[type.path] as StoredDType, length);
}

/**
 * `torch._utils._rebuild_tensor_v2`, and the older one without gradients: (storage, offset, shape, strides,
 * ...).
 */
export function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
  if (!(storage instanceof TorchStorage) || !isCount(offset))
    throw new PickleError('has a tensor of no storage');
  const [sizes, steps] = [counts(shape), counts(strides)];
  if (sizes.length !== steps.length) throw new PickleError('has a tensor with other strides than axes');
  return new TorchTensor(storage, offset, sizes, steps);
}

/**
 * `torch._utils._rebuild_tensor_v3`: as before, of untyped bytes and a dtype, (..., requires_grad, hooks,
 * dtype).
 */
export function rebuildTyped(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, shape, strides, , , type] = args;
  const dtype = type instanceof PickleGlobal ? torchDtypes[type.path] : undefined;
  if (!(storage instanceof TorchStorage) || !dtype) throw new PickleError('has a tensor of an unknown dtype');
  return rebuildTensor([storage.as(dtype), offset ?? null, shape ?? null, strides ?? null]);
}

/** torch's own limit is 64 axes, and no weight has more than five. */
const mostAxes = 16;

function counts(value: PickleValue | undefined): readonly number[] {
  const items = value instanceof PickleTuple && value.items.length <= mostAxes ? value.items : undefined;
  if (!items?.every(isCount)) throw new PickleError('has a tensor whose shape or strides are no counts');
  return items;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
