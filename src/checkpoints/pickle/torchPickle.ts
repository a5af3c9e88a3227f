import { itemsOf, PickleError, PickleTuple, type PickleValue } from './pickleValues.ts';
import { rebuildTensor, rebuildTyped, storageDtypes, storageOf, torchDtypes } from './torchTypes.ts';
import type { PickleCall, UnpickleOptions } from './unpickle.ts';

const first: PickleCall = ([value]) => value ?? null;

const set: PickleCall = ([items], spend) => {
  const found = [...costed(items, spend)];
  return new Set(found);
};

/** Python 2 writes ordered dicts as a call with their pairs; since 3, they come empty and are filled. */
const orderedDict: PickleCall = ([pairs], spend) => {
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of costed(pairs, spend)) {
    const [key, value, ...more] = costed(pair, spend);
    if (key === undefined || value === undefined || more.length > 0) {
      throw new PickleError('makes a dict of what are no pairs');
    }
    map.set(key, value);
  }
  return map;
};

/** How protocol 2 writes bytes: as the text of the same codes. */
const encode: PickleCall = ([text], spend) => {
  if (typeof text !== 'string') throw new PickleError('encodes what is no text');
  spend(text.length);
  return Buffer.from(text, 'latin1');
};

const noBytes: PickleCall = (args) => {
  if (args.length > 0) throw new PickleError('makes bytes of something');
  return new Uint8Array(0);
};

/** The items of a container, paid for one by one before they are copied. */
function* costed(
  container: PickleValue | undefined,
  spend: (amount: number) => void,
): Generator<PickleValue, void> {
  if (container === undefined) return;
  const items = itemsOf(container);
  if (!items) throw new PickleError('makes a container of what is none');
  for (const item of items) {
    spend(1);
    yield item;
  }
}

/**
 * What torch.save's pickles may do: build tensors over storages, and containers. It is less than
 * `weights_only` of torch.load lets pass; what a checkpoint of weights does not need is not here.
 */
export const torchPickle: UnpickleOptions = {
  calls: {
    'torch._utils._rebuild_tensor': rebuildTensor,
    'torch._utils._rebuild_tensor_v2': rebuildTensor,
    'torch._utils._rebuild_tensor_v3': rebuildTyped,
    'torch._utils._rebuild_parameter': first,
    'torch._utils._rebuild_parameter_with_state': first,
    'torch.Size': ([sizes]) => sizes ?? new PickleTuple([]),
    'collections.OrderedDict': orderedDict,
    // protocols before 4 have no opcodes for these
    'builtins.set': set,
    '__builtin__.set': set,
    'builtins.frozenset': set,
    '__builtin__.frozenset': set,
    'builtins.bytes': noBytes,
    '__builtin__.bytes': noBytes,
    '_codecs.encode': encode,
  },
  inert: (path) => Object.hasOwn(storageDtypes, path) || Object.hasOwn(torchDtypes, path),
  persistent: storageOf,
};
