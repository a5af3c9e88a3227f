import { createHash } from 'node:crypto';
import { access, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  Checkpoint,
  CheckpointError,
  type QuantizedMatrix,
  quantizeRows,
  streamSafetensors,
  type TensorHeader,
} from '../checkpoints/index.ts';
import { claim } from '../files/index.ts';
import {
  bytesPerElement,
  type ParameterInfo,
  Parameters,
  type Scope,
  sizeOf,
  type TypedArray,
} from '../graph/index.ts';
import { packedName, quantizationBlock, scalesName } from '../nn/index.ts';
import { fingerprintFiles } from './fingerprint.ts';
import { isShipped } from './shipped.ts';

/**
 * In what form a model's weights are when it runs: as they are stored (half precision is widened when a session is
 * made, which takes twice the memory), or as a copy that was made once: in float32, which is mapped and shared with
 * the system's file cache, or with its linear layers in 8 or 4 bits.
 */
export type WeightFormat = 'stored' | 'float32' | 'int8' | 'int4';
export const weightFormats: readonly WeightFormat[] = ['stored', 'float32', 'int8', 'int4'];

export interface PrepareOptions {
  readonly format: Exclude<WeightFormat, 'stored'>;
  /** Declares all parameters that the model has. */
  readonly declare: (p: Scope) => unknown;
  /** Bytes written so far, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Beside a checkpoint: copies of it in other forms. */
export const preparedFolder = '.moviedreamer';

/** Names the weights' form: a change of how it is made changes its files' names. */
const version = 1;

/**
 * The path of a model's weights in a form, made from a checkpoint's files or folders (later ones hide what earlier ones
 * hold) if it is not there yet, one tensor at a time. It lies beside the first of them in `.moviedreamer/`, under a hash
 * of what they contain; where that cannot be written, in `~/.cache/moviedreamer/weights` (`XDG_CACHE_HOME`). Throws `CheckpointError`, and
 * `ClaimError` while another process makes the same file.
 */
export async function prepareWeights(
  paths: readonly string[],
  { format, declare, onProgress = () => {}, signal }: PrepareOptions,
): Promise<string> {
  const checkpoint = await Checkpoint.open(paths);
  try {
    const { parameters, linear } = declared(checkpoint, declare);
    const isQuantized = ({ name, shape }: ParameterInfo): boolean =>
      format !== 'float32' && linear.has(name) && (shape[1] as number) % quantizationBlock === 0;
    const isStored = (p: ParameterInfo): boolean =>
      !isQuantized(p) && checkpoint.info(p.name).dtype === 'float32' && checkpoint.isInPlace(p.name);
    if (paths.length === 1 && [...parameters].every(isStored)) return paths[0] as string;

    const bits = format === 'int4' ? 4 : 8;
    const tensors = [...parameters].flatMap((p) => (isQuantized(p) ? packedTensors(p, bits) : [plain(p)]));
    const key = keyOf(await fingerprintFiles(...paths), tensors);
    const name = `${format}-${version}-${key}.safetensors`;
    const matrices = new Matrices(checkpoint, bits);
    const all = tensors.reduce((n, t) => n + sizeOf(t.shape) * bytesPerElement[t.dtype], 0);
    const make = (path: string, stop: AbortSignal): Promise<void> => {
      let done = 0;
      const values = async function* (tensor: TensorHeader): AsyncGenerator<TypedArray> {
        stop.throwIfAborted();
        const piece = await matrices.values(tensor.name);
        yield piece;
        done += piece.byteLength;
        onProgress(done, all);
      };
      return streamSafetensors(path, tensors, values, { format: 'pt', made_by: 'moviedreamer' });
    };
    return await inFirstWritable(await preparedFolders(paths[0] as string), name, make, signal);
  } finally {
    await checkpoint.close();
  }
}

/** Of the same files, a model and a part of it are two. */
function keyOf(fingerprint: string, tensors: readonly TensorHeader[]): string {
  const hash = createHash('sha256').update(fingerprint);
  for (const { name, dtype, shape } of tensors) hash.update(`\0${name} ${dtype} ${shape}`);
  return hash.digest('hex').slice(0, 16);
}

/** A model's parameters, and which of them are weights of linear layers. */
function declared(
  checkpoint: Checkpoint,
  declare: (p: Scope) => unknown,
): { parameters: Parameters; linear: ReadonlySet<string> } {
  const linear = new Set<string>();
  const parameters = new Parameters(checkpoint.names(), {
    linear: (p, _rows, _out, plain) => {
      linear.add(`${p.path}.weight`);
      return plain();
    },
  });
  declare(parameters.scope());
  return { parameters, linear };
}

const plain = ({ name, shape }: ParameterInfo): TensorHeader => ({ name, dtype: 'float32', shape });

function packedTensors({ name, shape }: ParameterInfo, bits: 4 | 8): TensorHeader[] {
  const [out, inner] = shape as [number, number];
  const blocks = inner / quantizationBlock;
  return [
    { name: packedName(name), dtype: 'uint8', shape: [out, blocks, (quantizationBlock * bits) / 8] },
    { name: scalesName(name), dtype: 'float32', shape: [out * blocks] },
  ];
}

/** Values of plain and quantised tensors; a matrix is quantised once for both of its tensors. */
class Matrices {
  private readonly checkpoint: Checkpoint;
  private readonly bits: 4 | 8;
  private last: { name: string; matrix: QuantizedMatrix } | undefined;

  constructor(checkpoint: Checkpoint, bits: 4 | 8) {
    this.checkpoint = checkpoint;
    this.bits = bits;
  }

  async values(name: string): Promise<TypedArray> {
    if (this.checkpoint.has(name)) return (await this.checkpoint.readFloat32(name)).data;
    const weight = name.replace(/_(packed|scales)$/, '');
    if (this.last?.name !== weight) {
      this.last = undefined;
      const { data } = await this.checkpoint.readFloat32(weight);
      this.last = { name: weight, matrix: quantizeRows(data, this.bits, quantizationBlock) };
    }
    const { packed, scales } = this.last.matrix;
    return name === packedName(weight) ? packed : scales;
  }
}

/** Where copies of a checkpoint may lie: beside it, and in the user's cache. */
export async function preparedFolders(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (s) => s.isDirectory(),
    () => true,
  );
  const beside = join(isFolder ? path : dirname(path), preparedFolder);
  // the package stays as it was installed
  return (await isShipped(beside)) ? [preparedCache()] : [beside, preparedCache()];
}

/** The user's cache of copies whose checkpoints lie where nothing can be written. */
export const preparedCache = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'moviedreamer', 'weights');

/** The path of a file that is made in the first folder that can be written, unless it lies in one of them. */
async function inFirstWritable(
  folders: readonly string[],
  name: string,
  make: (path: string, stop: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<string> {
  for (const folder of folders) if (await exists(join(folder, name))) return join(folder, name);
  const reasons: string[] = [];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      await mkdir(folder, { recursive: true });
      const claimed = await claim(path, { signal });
      const stop = signal ? AbortSignal.any([signal, claimed.lost]) : claimed.lost;
      await make(path, stop).finally(() => claimed.release());
      return path;
    } catch (error) {
      const code = unwritableCode(error);
      if (!code) throw error;
      reasons.push(`${folder} (${code})`);
    }
  }
  throw new CheckpointError({
    file: name,
    problem: `a copy of the weights in another form can be written neither to ${reasons.join(' nor to ')}`,
    help: 'Free some space, or name a folder that can be written with XDG_CACHE_HOME; --memory with a larger amount may need no copy',
  });
}

/** Read-only disks (of which a recursive mkdir says ENOENT), rights, quotas, full disks, a file where a folder should be. */
const unwritable = new Set([
  'EROFS',
  'ENOENT',
  'EACCES',
  'EPERM',
  'EDQUOT',
  'ENOSPC',
  'EFBIG',
  'EEXIST',
  'ENOTDIR',
  'ENOTSUP',
]);

/** The code by which an error, or what caused it, says that a place cannot be written. */
function unwritableCode(error: unknown): string | undefined {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  if (code && unwritable.has(code)) return code;
  return cause === undefined ? undefined : unwritableCode(cause);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
