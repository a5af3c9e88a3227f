import type { FileHandle } from 'node:fs/promises';
import { CheckpointError } from '../checkpointError.ts';
import { mostPickleBytes, readRange, type StoragePlace, type TorchContents } from './contents.ts';
import { PickleError, type PickleValue } from './pickleValues.ts';
import { torchPickle } from './torchPickle.ts';
import { bytesOfStored, storageOf } from './torchTypes.ts';
import { unpickle } from './unpickle.ts';

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/**
 * torch's container before 1.6, and of `_use_new_zipfile_serialization=False`: five pickles (a magic number,
 * a version, the machine, the object, the storages' keys), then each storage as an int64 count and that many
 * values (`torch.serialization._legacy_save`).
 */
export async function readLegacy(handle: FileHandle, path: string, size: number): Promise<TorchContents> {
  const head = new Uint8Array(await readRange(handle, path, 0, Math.min(size, mostPickleBytes)));
  const version = unpickle(head, torchPickle, afterMagic(path, head));
  if (version.value !== protocolVersion) throw new PickleError('is of an unknown version of the format');
  const machine = unpickle(head, torchPickle, version.end);
  if (machine.value instanceof Map && machine.value.get('little_endian') === false) {
    throw new CheckpointError({ file: path, problem: 'its bytes are in big-endian order' });
  }
  const widths = new Map<string, number>();
  const persistent = (id: PickleValue): PickleValue => {
    const storage = storageOf(id);
    widths.set(storage.key, bytesOfStored(storage.dtype));
    return storage;
  };
  const object = unpickle(head, { ...torchPickle, persistent }, machine.end);
  const keys = unpickle(head, torchPickle, object.end);
  if (!Array.isArray(keys.value)) throw new PickleError('has no list of storages');
  const storages = new Map<string, StoragePlace>();
  let at = keys.end;
  for (const key of keys.value) {
    const width = typeof key === 'string' ? widths.get(key) : undefined;
    if (typeof key !== 'string' || width === undefined) {
      throw new PickleError('lists a storage that nothing uses');
    }
    if (storages.has(key)) throw new PickleError('lists a storage twice');
    const count = Number(new DataView(await readRange(handle, path, at, 8)).getBigInt64(0, true));
    const bytes = count * width;
    if (!(bytes >= 0 && at + 8 + bytes <= size)) {
      throw new PickleError('has a storage that ends behind the file');
    }
    storages.set(key, { offset: at + 8, size: bytes });
    at += 8 + bytes;
  }
  return { root: object.value, storages };
}

/** Where the second pickle begins. */
function afterMagic(path: string, head: Uint8Array): number {
  try {
    const { value, end } = unpickle(head, torchPickle);
    if (value === magicNumber) return end;
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
  }
  const help = 'Such a file begins as a zip archive or with a magic number: is it what was to be fetched?';
  throw new CheckpointError({ file: path, problem: 'not a file that torch.save wrote', help });
}
