import { sizeOf } from '../../graph/index.ts';
import { CheckpointError } from '../checkpointError.ts';
import type { TensorInfo } from '../safetensorsHeader.ts';
import type { StoragePlace, TorchContents } from './contents.ts';
import type { PickleValue } from './pickleValues.ts';
import { bytesOfStored, TorchTensor } from './torchTypes.ts';

/** Under which keys training scripts keep the weights, where they save other things beside. */
const keys = ['state_dict', 'model_state_dict', 'model', 'module'];
/** What torch's DataParallel puts before the names of all that it wraps. */
const parallelPrefix = 'module.';

/** A tensor in its file. */
export interface PlacedTensor {
  readonly info: TensorInfo;
  readonly tensor: TorchTensor;
}

/**
 * The tensors of what was saved, by name, each checked to lie inside of its storage. Throws
 * `CheckpointError`.
 */
export function placeTensors(path: string, { root, storages }: TorchContents): Map<string, PlacedTensor> {
  const found = [...stateDict(root)].map(([name, tensor]): [string, PlacedTensor] => [
    name,
    placeTensor(path, name, tensor, storages),
  ]);
  if (found.length === 0) {
    const expected = `a dict of tensors, or one under ${keys.join(', ')}`;
    throw new CheckpointError({ file: path, problem: 'holds no tensors by name', expected });
  }
  if (!found.every(([name]) => name.startsWith(parallelPrefix))) return new Map(found);
  return new Map(found.map(([name, placed]) => [name.slice(parallelPrefix.length), placed]));
}

function stateDict(root: PickleValue): Map<string, TorchTensor> {
  if (!(root instanceof Map)) return new Map();
  for (const key of keys) {
    const inner = tensorsOf(root.get(key));
    if (inner.size > 0) return inner; // 'model' may also be a model's name or its settings
  }
  return tensorsOf(root);
}

/** The tensors among a dict's values; what else training scripts note there is not looked at. */
function tensorsOf(dict: PickleValue | undefined): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  if (!(dict instanceof Map)) return tensors;
  for (const [name, value] of dict) {
    if (typeof name === 'string' && value instanceof TorchTensor) tensors.set(name, value);
  }
  return tensors;
}

function placeTensor(
  file: string,
  name: string,
  tensor: TorchTensor,
  storages: ReadonlyMap<string, StoragePlace>,
): PlacedTensor {
  const { storage, offset, shape } = tensor;
  const { dtype } = storage;
  const place = storages.get(storage.key);
  const width = bytesOfStored(dtype);
  if (!place || storage.length * width > place.size) {
    const problem = place ? 'its storage is shorter than it says' : 'its storage is not in the file';
    const help = 'The file is damaged or was not downloaded completely: fetch it again';
    throw new CheckpointError({ file, tensor: name, problem, help });
  }
  const byteOffset = place.offset + offset * width;
  return { info: { dtype, shape, byteOffset, byteLength: sizeOf(shape) * width }, tensor };
}
