import { type DType, sizeOf } from '../../graph/index.ts';
import type { TensorHeader } from '../safetensors.ts';
import { storageDtypes } from './torchTypes.ts';

/** torch's class of storages for a dtype. */
const storageClass = (dtype: DType): string =>
  Object.entries(storageDtypes).find(([, held]) => held === dtype)?.[0] as string;

/**
 * A dict of tensors as torch.save pickles it, in protocol 2: each a call of `_rebuild_tensor_v2` over a
 * storage of its own, whose key is the tensor's index. With `under`, that dict is the value of this key in
 * another.
 */
export function pickleStateDict(tensors: readonly TensorHeader[], under?: string): Buffer {
  const out = new PickleWriter();
  out.op('\x80\x02}'); // protocol 2, a dict
  if (under !== undefined) {
    out.text(under);
    out.op('}');
  }
  out.op('(');
  for (const [i, { name, dtype, shape }] of tensors.entries()) {
    out.text(name);
    out.global('torch._utils', '_rebuild_tensor_v2');
    out.op('((');
    out.text('storage');
    const dot = storageClass(dtype).lastIndexOf('.');
    out.global(storageClass(dtype).slice(0, dot), storageClass(dtype).slice(dot + 1));
    out.text(String(i));
    out.text('cpu');
    out.integer(sizeOf(shape));
    out.op('tQ'); // the storage, by its persistent id
    out.integer(0); // its first value
    out.integers(shape);
    out.integers(shape.map((_, axis) => shape.slice(axis + 1).reduce((a, n) => a * Math.max(n, 1), 1)));
    out.op('\x89'); // needs no gradient
    out.global('collections', 'OrderedDict'); // of no hooks
    out.op(')RtR');
  }
  out.op('u');
  if (under !== undefined) out.op('s');
  out.op('.');
  return out.bytes();
}

class PickleWriter {
  private readonly parts: Buffer[] = [];

  op(codes: string): void {
    this.parts.push(Buffer.from(codes, 'latin1'));
  }

  global(module: string, name: string): void {
    this.op(`c${module}\n${name}\n`);
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(5);
    length.write('X');
    length.writeUInt32LE(bytes.length, 1);
    this.parts.push(length, bytes);
  }

  integer(value: number): void {
    const fits = value <= 0x7fff_ffff;
    const bytes = Buffer.alloc(fits ? 5 : 10);
    if (fits) {
      bytes.write('J');
      bytes.writeInt32LE(value, 1);
    } else {
      bytes.set([0x8a, 8]);
      bytes.writeBigInt64LE(BigInt(value), 2);
    }
    this.parts.push(bytes);
  }

  /** A tuple. */
  integers(values: readonly number[]): void {
    this.op('(');
    for (const value of values) this.integer(value);
    this.op('t');
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}
