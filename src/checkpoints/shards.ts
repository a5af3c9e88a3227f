import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files/index.ts';
import { bytesPerElement, sizeOf, type TypedArray } from '../graph/index.ts';
import { streamSafetensors, type TensorHeader } from './safetensors.ts';

export interface ShardOptions {
  /** Name of the checkpoint without its extension: `model`, or `diffusion_pytorch_model`. */
  readonly base: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Most bytes of tensors in one file. Default 5 GB, as transformers cuts. */
  readonly maxBytes?: number;
}

/**
 * Writes a checkpoint into a folder as transformers and diffusers do: `<base>.safetensors`, or where that would exceed
 * `maxBytes`, `<base>-00001-of-0000n.safetensors` and `<base>.safetensors.index.json`. Tensors keep their order across the
 * shards; `values` is asked for one after the other. Files of another number of shards are removed.
 */
export async function writeShards(
  folder: string,
  tensors: readonly TensorHeader[],
  values: (tensor: TensorHeader) => Iterable<TypedArray> | AsyncIterable<TypedArray>,
  { base, metadata = { format: 'pt' }, maxBytes = 5e9 }: ShardOptions,
): Promise<void> {
  const shards = cut(tensors, maxBytes);
  const name = (i: number): string =>
    shards.length === 1
      ? `${base}.safetensors`
      : `${base}-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
  const index = `${base}.safetensors.index.json`;
  const written = new Set(shards.map((_, i) => name(i)));
  // an index that outlives its shards would be taken for the model
  await rm(join(folder, index), { force: true });
  for (const [i, shard] of shards.entries()) {
    await streamSafetensors(join(folder, name(i)), [...shard].sort(byWidth), values, metadata);
  }
  if (shards.length > 1) {
    written.add(index);
    const json = {
      metadata: { total_size: tensors.reduce((n, t) => n + bytesOf(t), 0) },
      weight_map: Object.fromEntries(shards.flatMap((shard, i) => shard.map((t) => [t.name, name(i)]))),
    };
    await writeFileAtomically(join(folder, index), `${JSON.stringify(json, null, 2)}\n`);
  }
  const own = new RegExp(`^${base}(-\\d+-of-\\d+)?\\.safetensors$`);
  for (const file of await readdir(folder)) {
    if (own.test(file) && !written.has(file)) await rm(join(folder, file));
  }
}

const number = (n: number): string => String(n).padStart(5, '0');
const bytesOf = ({ dtype, shape }: TensorHeader): number => sizeOf(shape) * bytesPerElement[dtype];
/** Widest first, so that every tensor is aligned to its element; otherwise as they come. */
const byWidth = (a: TensorHeader, b: TensorHeader): number =>
  bytesPerElement[b.dtype] - bytesPerElement[a.dtype];

function cut(tensors: readonly TensorHeader[], maxBytes: number): TensorHeader[][] {
  const shards: TensorHeader[][] = [[]];
  let filled = 0;
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor);
    if (filled > 0 && filled + bytes > maxBytes) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)?.push(tensor);
    filled += bytes;
  }
  return shards;
}
