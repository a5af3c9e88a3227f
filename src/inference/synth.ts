import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ConfigJson } from '../base/configJson.ts';
import {
  float32ToFloat16,
  streamSafetensors,
  type TensorHeader,
  writeTorchFile,
} from '../checkpoints/index.ts';
import { checkOutputFolder } from '../files/index.ts';
import { type Init, type ParameterInfo, Parameters, sizeOf, type TypedArray } from '../graph/index.ts';
import { isRepo, type Part } from '../hub/index.ts';
import { type ModelName, modelNames, type Preset, PresetError, packageRoot } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import { declarations } from './declare.ts';

export interface SynthOptions {
  /** The folder below which the checkpoints lie as if they had been downloaded. */
  readonly out: string;
  readonly seed: number;
  /** All parts by default. */
  readonly only?: readonly ModelName[];
  readonly variant?: 'full' | 'fp16';
  /** Bytes of a shard at most, where a part is published in shards. */
  readonly shardBytes?: number;
  readonly onFile?: (path: string, bytes: number) => void;
  readonly onProgress?: (part: ModelName, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Names and values of a file of weights. */
interface SynthFile {
  readonly path: string;
  readonly tensors: readonly SynthTensor[];
}

type SynthTensor = TensorHeader & { readonly init: Init };

/**
 * Writes checkpoints of a preset's real shapes and layouts with random weights: everything then runs as with the
 * published ones, and costs the same, without downloads. What the paper adds (compressor, renderer, the autoregressor's
 * additions) is drawn as training draws it: with `only`, that is how one begins to train beside published checkpoints.
 * The same seed gives the same bytes. Throws `PresetError` for a preset without `models.json`.
 */
export async function synthesize(preset: Preset, options: SynthOptions): Promise<void> {
  const { manifest } = preset;
  if (!manifest) {
    throw new PresetError(
      `preset '${preset.name}': no models.json, which says how its checkpoints are laid out; 'paper' has one`,
    );
  }
  await checkOutputFolder(options.out);
  const values = new Values(options.seed);
  for (const name of options.only ?? modelNames) {
    const part = manifest.parts[name];
    if (!part) continue;
    let done = 0;
    const files = await filesOf(preset, name, part, options);
    const total = files.flatMap((f) => f.tensors).reduce((n, t) => n + sizeOf(t.shape), 0);
    for (const { path, tensors } of files) {
      await mkdir(dirname(path), { recursive: true });
      const pieces = function* (tensor: TensorHeader): Generator<TypedArray> {
        options.signal?.throwIfAborted();
        for (const piece of values.of(name, tensor as SynthTensor)) {
          yield piece;
          done += piece.length;
          options.onProgress?.(name, done, total);
        }
      };
      if (/\.pth?$/.test(path)) {
        await writeTorchFile(
          path,
          tensors.map((t) => ({ ...t, data: () => pieces(t) })),
          path.endsWith('.pth') ? { under: 'state_dict' } : {},
        );
      } else await streamSafetensors(path, tensors, pieces, { format: 'pt' });
      options.onFile?.(path, (await stat(path)).size);
    }
  }
}

/** All files of weights of a part, after the small ones beside them have been written. */
async function filesOf(
  preset: Preset,
  name: ModelName,
  part: Part,
  { out, variant = 'fp16', shardBytes = 9.9e9 }: SynthOptions,
): Promise<SynthFile[]> {
  const config = await preset.config(name);
  const all = tensorsOf(name, config);
  if (part.kind === 'trained')
    return [{ path: join(out, name, 'model.safetensors'), tensors: stored(all, 'float16') }];
  const { source } = part;
  if (!isRepo(source)) return [{ path: join(out, source.file), tensors: stored(all, 'float32') }];

  const folder = join(out, source.repo.split('/')[1] as string, source.folder ?? '');
  await mkdir(folder, { recursive: true });
  const isLayered = part.kind === 'layered';
  const isBase = (p: ParameterInfo): boolean => !isLayered || /^(model|lm_head)\./.test(p.name);
  const base = all.filter(isBase);
  const fp16 = variant === 'fp16' ? source.weights.fp16 : undefined;
  const weights = fp16 ?? source.weights.full;
  // LLaMA-2, the one that is layered, is published in half precision only
  const tensors = stored(base, fp16 || isLayered ? 'float16' : 'float32');
  if (source.extras.includes('config.json'))
    await writeJson(join(folder, 'config.json'), isLayered ? config.llama : config);
  for (const file of source.needs) await writeNeeded(folder, file);
  const [first] = weights as [string];
  const files = first.endsWith('.index.json')
    ? await sharded(folder, first, tensors, shardBytes)
    : [{ path: join(folder, first), tensors }];
  if (!isLayered) return files;
  const additions = stored(
    all.filter((p) => !isBase(p)),
    'float16',
  );
  return [...files, { path: join(out, name, 'model.safetensors'), tensors: additions }];
}

function tensorsOf(name: ModelName, config: ConfigJson): ParameterInfo[] {
  const parameters = new Parameters();
  declarations[name](parameters.scope(), config);
  const { vocab_size: words, hidden_size: width } = (config.llama ?? {}) as Record<string, number>;
  // published with the language model, though the mixture head takes its place
  if (name === 'autoregressor')
    parameters
      .scope('lm_head')
      .param('weight', [words as number, width as number], { kind: 'normal', std: 0.02 });
  if (name === 'clip')
    parameters.scope().param('logit_scale', [], { kind: 'constant', value: Math.log(100) });
  return [...parameters];
}

const stored = (all: readonly ParameterInfo[], dtype: 'float16' | 'float32'): SynthTensor[] =>
  all.map(({ name, shape, init }) => ({ name, shape, init, dtype }));

/** Fills shards in the order of the tensors, as transformers does, and writes their index. */
async function sharded(
  folder: string,
  index: string,
  tensors: readonly SynthTensor[],
  most: number,
): Promise<SynthFile[]> {
  const shards: SynthTensor[][] = [[]];
  let size = 0;
  let total = 0;
  for (const t of tensors) {
    const bytes = sizeOf(t.shape) * (t.dtype === 'float16' ? 2 : 4);
    if (size > 0 && size + bytes > most) {
      shards.push([]);
      size = 0;
    }
    (shards.at(-1) as SynthTensor[]).push(t);
    size += bytes;
    total += bytes;
  }
  const count = String(shards.length).padStart(5, '0');
  const name = (i: number): string =>
    index.replace('.safetensors.index.json', `-${String(i + 1).padStart(5, '0')}-of-${count}.safetensors`);
  const map = shards.flatMap((list, i) => list.map((t): [string, string] => [t.name, name(i)]));
  await writeJson(join(folder, index), {
    metadata: { total_size: total },
    weight_map: Object.fromEntries(map),
  });
  return shards.map((list, i) => ({ path: join(folder, name(i)), tensors: list }));
}

async function writeNeeded(folder: string, file: string): Promise<void> {
  // published vocabularies are not ours to ship: the theatre's small one stands in for them
  const theatre = join(packageRoot, 'presets/theatre/clip/tokenizer.json');
  if (file === 'tokenizer.json') await copyFile(theatre, join(folder, file));
  else if (file === 'tokenizer_config.json') await writeJson(join(folder, file), {});
  else throw new PresetError(`models.json: synth does not know how to make up ${file}`);
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** Values in the pool, a power of two. */
const POOL = 2 ** 21;
const PIECE = 2 ** 18;

/** Random values by the billion: pieces of one pool of normal numbers, from places that each tensor draws anew. */
class Values {
  private readonly seed: number;
  private readonly pool: Float32Array;

  constructor(seed: number) {
    this.seed = seed;
    this.pool = Random.of(seed, 'synth').normals(POOL);
  }

  *of(model: string, { name, shape, dtype, init }: SynthTensor): Generator<TypedArray> {
    const random = Random.of(this.seed, 'synth', model, name);
    const size = sizeOf(shape);
    const [std, constant] = momentsOf(init);
    for (let at = 0; at < size; at += PIECE) {
      const piece = new Float32Array(Math.min(PIECE, size - at));
      const from = random.int(POOL - PIECE);
      for (let i = 0; i < piece.length; i++) piece[i] = constant + std * (this.pool[from + i] as number);
      yield dtype === 'float16' ? float32ToFloat16(piece) : piece;
    }
  }
}

/** Deviation and mean. */
function momentsOf(init: Init): [number, number] {
  switch (init.kind) {
    case 'zeros':
      return [0, 0];
    case 'ones':
      return [0, 1];
    case 'constant':
      return [0, init.value];
    case 'normal':
      return [init.std, 0];
    case 'uniform':
      return [init.bound / Math.sqrt(3), 0];
  }
}
