import { copyFile, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkOutputFolder } from '../../files/index.ts';
import { bytesPerElement, type DType, sizeOf, type TypedArray } from '../../graph/index.ts';
import { Checkpoint, checkpointIn } from '../checkpoint.ts';
import { CheckpointError, quote } from '../checkpointError.ts';
import { additionsFile, isBystander } from '../fileNames.ts';
import { float32ToBfloat16, float32ToFloat16 } from '../float16.ts';
import type { TensorHeader } from '../safetensors.ts';
import { writeShards } from '../shards.ts';
import { openWeightsFile, type WeightsFile } from '../weightsFile.ts';
import { type Adapter, checkAdapter, readAdapter } from './adapter.ts';

export interface MergeOptions {
  /** The model: a checkpoint's file, its index, or a folder of it. */
  readonly base: string;
  /** The adapter's file, or a folder of it. */
  readonly adapter: string;
  /** The folder of the merged model. */
  readonly out: string;
  /** Most bytes of tensors in one file, see `writeShards`. */
  readonly maxBytes?: number;
  /** Bytes written so far, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Adds an adapter to its model, W + scale * B A, one tensor after the other: names, order and dtypes are the base's. What
 * lies beside the model (configs, a tokenizer) is copied, and the additions that were trained with the adapter. Returns
 * the number of merged layers. Throws `CheckpointError` where the two do not belong together, `OutputError` where
 * nothing can be written to `out`.
 */
export async function mergeAdapter(options: MergeOptions): Promise<number> {
  const { out, maxBytes, onProgress = () => {}, signal } = options;
  await checkOutputFolder(out);
  const adapter = await readAdapter(options.adapter);
  const isFolder = (await stat(options.base).catch(() => undefined))?.isDirectory() ?? false;
  const path = isFolder ? await checkpointIn(options.base) : options.base;
  const base = await Checkpoint.open(path ?? options.base, { alone: true });
  try {
    await checkAdapter(adapter, base);
    await mkdir(out, { recursive: true });
    if ((await realpath(out)) === (await realpath(dirname(base.path)))) {
      throw new CheckpointError({
        file: out,
        problem: 'is the folder of the model itself',
        help: 'Name another',
      });
    }
    const deltas = await openWeightsFile(adapter.file);
    try {
      const tensors = base.names().map((name): TensorHeader => {
        const { dtype, shape } = base.info(name);
        return { name, dtype: dtype as DType, shape };
      });
      const total = tensors.reduce((n, { dtype, shape }) => n + sizeOf(shape) * bytesPerElement[dtype], 0);
      let done = 0;
      const values = async function* ({ name, dtype }: TensorHeader): AsyncGenerator<TypedArray> {
        signal?.throwIfAborted();
        const piece = await merged(base, adapter, deltas, name, dtype);
        yield piece;
        done += piece.byteLength;
        onProgress(done, total);
      };
      const stem = stemOf(base.path);
      await writeShards(out, tensors, values, { base: stem, ...(maxBytes ? { maxBytes } : {}) });
    } finally {
      await deltas.close();
    }
  } finally {
    await base.close();
  }
  await copyBeside(dirname(base.path), out);
  const trained = join(dirname(adapter.file), additionsFile);
  if (await isFile(trained)) await copyFile(trained, join(out, additionsFile));
  return adapter.layers.size;
}

/** `model` or `diffusion_pytorch_model`, whatever the base's format and variant. */
const stemOf = (path: string): string =>
  basename(path)
    .replace(/\.(safetensors|bin|pt|pth|ckpt)(\.index.*)?$/, '')
    .replace(/\.(fp16|bf16|fp32|ema|non_ema)$/, '')
    .replace(/^pytorch_model$/, 'model');

async function merged(
  base: Checkpoint,
  { layers, stored }: Adapter,
  deltas: WeightsFile,
  name: string,
  dtype: DType,
): Promise<TypedArray> {
  const path = name.replace(/\.weight$/, '');
  const layer = path === name ? undefined : layers.get(path);
  if (!layer) return (await base.read(name)).data;
  const { data: weight } = await base.readFloat32(name);
  const [a, b] = await Promise.all(
    ['lora_A', 'lora_B'].map((part) => deltas.readFloat32(stored.get(`${path}.${part}.weight`) as string)),
  );
  addProduct(weight, b!.data, a!.data, layer.r, layer.scale);
  return narrowed(weight, dtype, name);
}

/** weight [out, in] += scale * b [out, r] a [r, in] */
function addProduct(weight: Float32Array, b: Float32Array, a: Float32Array, r: number, scale: number): void {
  const inner = a.length / r;
  for (let row = 0; row * inner < weight.length; row++) {
    const sums = new Float32Array(inner);
    for (let k = 0; k < r; k++) {
      const factor = scale * b[row * r + k]!;
      for (let i = 0, at = k * inner; i < inner; i++, at++) sums[i]! += factor * a[at]!;
    }
    for (let i = 0, at = row * inner; i < inner; i++, at++) weight[at]! += sums[i]!;
  }
}

function narrowed(values: Float32Array, dtype: DType, tensor: string): TypedArray {
  if (dtype === 'float32') return values;
  if (dtype === 'float16') return float32ToFloat16(values);
  if (dtype === 'bfloat16') return float32ToBfloat16(values);
  throw new CheckpointError({ file: 'merge', tensor, problem: 'cannot be merged', got: quote(dtype) });
}

const weights = /\.(safetensors|bin|pt|pth|ckpt|onnx|gguf|h5|msgpack)$|\.index(\.\w+)?\.json$/;

/** Copies what is no weights, and the additions; hidden files stay. */
async function copyBeside(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from)) {
    const isWanted =
      entry === additionsFile || !(isBystander(entry) || weights.test(entry) || /^adapter_/.test(entry));
    if (isWanted && (await isFile(join(from, entry)))) await copyFile(join(from, entry), join(to, entry));
  }
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (s) => s.isFile(),
    () => false,
  );
