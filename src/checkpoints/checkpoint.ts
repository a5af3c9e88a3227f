import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { bytesPerElement, type CompileOptions, type DType, type TensorData } from '../graph/index.ts';
import { CheckpointError, quote } from './checkpointError.ts';
import { additionsFile, folderWeights, isWeightsFile } from './fileNames.ts';
import { explainNames } from './foreignNames.ts';
import { TorchFile } from './pickle/index.ts';
import { readJsonObject } from './pythonJson.ts';
import type { Float32Tensor } from './safetensors.ts';
import type { TensorInfo } from './safetensorsHeader.ts';
import { openWeightsFile, type WeightsFile } from './weightsFile.ts';

/** Where a tensor lies, and its dtype and shape. */
export interface CheckpointTensorInfo extends TensorInfo {
  /** Path of the file in which it lies. */
  readonly file: string;
}

/** Options of `Checkpoint.open`. */
export interface CheckpointOptions {
  /** In a folder, take this variant only, e.g. 'fp16'. Default: full precision, else fp16. */
  readonly variant?: string;
  /** Without the `additions.safetensors` that lies beside a folder's checkpoint. */
  readonly alone?: boolean;
}

/** A model's published weights: one file, or shards behind one index. */
export class Checkpoint {
  /** The file that was opened, of weights or an index; of several, their names. */
  readonly path: string;
  private readonly files: readonly WeightsFile[];
  private readonly byName: ReadonlyMap<string, WeightsFile>;
  private readonly realPaths: ReadonlyMap<WeightsFile, string>;

  private constructor(
    path: string,
    byName: ReadonlyMap<string, WeightsFile>,
    realPaths: Map<WeightsFile, string>,
  ) {
    this.path = path;
    this.files = [...realPaths.keys()];
    this.byName = byName;
    this.realPaths = realPaths;
  }

  /**
   * Opens a `.safetensors` file, one that torch.save wrote (`.pt`, `.pth`, `.bin`, see `TorchFile`), a `*.index.json`, or
   * a folder as diffusers and transformers publish it, see `folderWeights`. All headers are checked; an
   * `additions.safetensors` in the folder belongs to it. Of several, a name in a later one hides the same name in those
   * before: a published model with what was trained beside it. Throws `CheckpointError`. Close it when done.
   */
  static async open(
    pathOrFolder: string | readonly string[],
    options: CheckpointOptions = {},
  ): Promise<Checkpoint> {
    if (typeof pathOrFolder === 'string') return Checkpoint.openOne(pathOrFolder, options);
    if (pathOrFolder.length === 0)
      throw new CheckpointError({ file: 'checkpoint', problem: 'no path was given' });
    const layers: Checkpoint[] = [];
    try {
      for (const path of pathOrFolder) layers.push(await Checkpoint.openOne(path, options));
    } catch (error) {
      for (const layer of layers) await layer.close();
      throw error;
    }
    const [only] = layers;
    if (only && layers.length === 1) return only;
    return Checkpoint.layered(layers);
  }

  private static layered(layers: readonly Checkpoint[]): Checkpoint {
    return new Checkpoint(
      layers.map(({ path }) => path).join(' + '),
      new Map(layers.flatMap(({ byName }) => [...byName])),
      new Map(layers.flatMap(({ realPaths }) => [...realPaths])),
    );
  }

  private static async openOne(pathOrFolder: string, options: CheckpointOptions): Promise<Checkpoint> {
    const isFolder = await stat(pathOrFolder).then(
      (s) => s.isDirectory(),
      () => false, // opening it says what is wrong
    );
    if (!isFolder) return Checkpoint.openFile(pathOrFolder);
    const path = await findInFolder(pathOrFolder, options.variant);
    const main = await Checkpoint.openFile(path);
    const beside = join(pathOrFolder, additionsFile);
    if (options.alone || path === beside || !(await exists(beside))) return main;
    try {
      return Checkpoint.layered([main, await Checkpoint.openFile(beside)]);
    } catch (error) {
      await main.close();
      throw error;
    }
  }

  private static async openFile(path: string): Promise<Checkpoint> {
    const weightMap = path.endsWith('.json') ? await readIndex(path) : undefined;
    const paths = weightMap ? [...new Set(weightMap.values())] : [path];
    const files = new Map<string, WeightsFile>();
    try {
      for (const p of paths) files.set(p, await openWeightsFile(p));
      const byName = new Map<string, WeightsFile>();
      if (weightMap) {
        for (const [name, p] of weightMap) byName.set(name, shardOf(path, name, files.get(p)!));
      } else {
        const file = files.get(path)!;
        for (const name of file.names()) byName.set(name, file);
      }
      const real = new Map<WeightsFile, string>();
      for (const [p, file] of files) real.set(file, await realpath(p));
      return new Checkpoint(path, byName, real);
    } catch (error) {
      for (const file of files.values()) await file.close();
      throw error;
    }
  }

  /** Names of all tensors. */
  names(): string[] {
    return [...this.byName.keys()];
  }

  /** Whether the checkpoint holds a tensor `name`. */
  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Throws `CheckpointError` for an unknown name, as `read` does. */
  info(name: string): CheckpointTensorInfo {
    const file = this.fileOf(name);
    return { ...file.info(name), file: file.path };
  }

  /** Whether a tensor can be used where it lies: a few in files of torch must be gathered first. */
  isInPlace(name: string): boolean {
    const file = this.fileOf(name);
    return !(file instanceof TorchFile) || file.isInPlace(name);
  }

  /** See `SafetensorsFile.read`. */
  async read(name: string): Promise<TensorData> {
    return this.fileOf(name).read(name);
  }

  /** See `SafetensorsFile.readFloat32`. */
  async readFloat32(name: string): Promise<Float32Tensor> {
    return this.fileOf(name).readFloat32(name);
  }

  /**
   * The weights for `compile`, where they lie. `stored` says under which name the checkpoint holds a parameter,
   * as `checkTensors` returns it.
   */
  weights(stored?: ReadonlyMap<string, string>): NonNullable<CompileOptions['weights']> {
    // ONNX Runtime follows no symbolic link out of its folder, and published caches are made of links.
    const folders = new Set([...this.realPaths.values()].map((p) => dirname(p)));
    const [first = '.'] = folders;
    const folder = folders.size === 1 ? first : parse(first).root;
    return {
      folder,
      locate: (name) => {
        const own = stored ? stored.get(name) : name;
        if (own === undefined || !this.has(own)) return undefined;
        const file = this.fileOf(own);
        const { dtype, shape, byteOffset: offset, byteLength: length } = file.info(own);
        if (!Object.hasOwn(bytesPerElement, dtype)) {
          const expected = Object.keys(bytesPerElement).join(', ');
          throw new CheckpointError({
            file: file.path,
            tensor: own,
            problem: 'cannot be used in place',
            expected,
            got: dtype,
          });
        }
        if (file instanceof TorchFile && !file.isInPlace(own)) {
          throw new CheckpointError({
            file: file.path,
            tensor: own,
            problem: 'its values do not lie in the order of its shape, so it cannot be used in place',
            help: 'Convert the file once: npx moviedreamer models convert',
          });
        }
        const location = relative(folder, this.realPaths.get(file)!).split(sep).join('/');
        return { location, offset, length, dtype: dtype as DType, shape };
      },
    };
  }

  /** Closes all files. Reading afterwards fails. */
  async close(): Promise<void> {
    for (const file of this.files) await file.close();
  }

  private fileOf(name: string): WeightsFile {
    const file = this.byName.get(name);
    if (file === undefined) {
      const some = this.names()
        .slice(0, 3)
        .map((n) => quote(n));
      const help =
        explainNames(this.names()) ?? `It holds ${this.byName.size} tensors, such as ${some.join(', ')}`;
      throw new CheckpointError({ file: this.path, tensor: name, problem: 'not in this checkpoint', help });
    }
    return file;
  }
}

/**
 * The path of a folder's checkpoint, undefined where it has none: additions and adapters alone are no model. Throws
 * `CheckpointError` where weights lie there and which of them is the model cannot be told.
 */
export async function checkpointIn(folder: string): Promise<string | undefined> {
  const { candidates, problem } = folderWeights(await filesIn(folder).catch(() => []));
  const [first] = candidates;
  if (first) return join(folder, first.file);
  if (problem) throw new CheckpointError({ file: folder, problem: problem.what, help: problem.help });
  return undefined;
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

async function findInFolder(folder: string, variant: string | undefined): Promise<string> {
  const { candidates, hasAdditions, problem } = folderWeights(await filesIn(folder), variant);
  const file = candidates[0]?.file ?? (hasAdditions && variant === undefined ? additionsFile : undefined);
  if (file !== undefined) return join(folder, file);
  if (problem) throw new CheckpointError({ file: folder, problem: problem.what, help: problem.help });
  const some = (await readdir(folder)).slice(0, 8).map((name) => quote(name));
  throw new CheckpointError({
    file: folder,
    problem: `no weights${variant === undefined ? '' : ` of variant '${variant}'`} in this folder`,
    expected:
      'one of diffusion_pytorch_model.safetensors, model.safetensors, pytorch_model.bin, or their .index.json',
    got: some.join(', ') || 'an empty folder',
    help: 'Check the path: models often lie one folder deeper',
  });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Tensor name -> path of its shard. Paths must stay inside of the index's folder. */
async function readIndex(file: string): Promise<Map<string, string>> {
  const { weight_map: weightMap } = await readJsonObject(file);
  if (typeof weightMap !== 'object' || weightMap === null || Array.isArray(weightMap)) {
    throw new CheckpointError({
      file,
      problem: 'wrong shard index',
      expected: 'an object "weight_map"',
      got: quote(weightMap),
    });
  }
  const folder = resolve(dirname(file));
  const paths = new Map<string, string>();
  for (const [tensor, name] of Object.entries(weightMap as Record<string, unknown>)) {
    const path = typeof name === 'string' ? resolve(folder, name) : '';
    const inside = relative(folder, path);
    if (
      typeof name !== 'string' ||
      isAbsolute(name) ||
      inside.startsWith('..') ||
      isAbsolute(inside) ||
      !isWeightsFile(name)
    ) {
      const expected = 'the name of a .safetensors or .bin file in the same folder';
      throw new CheckpointError({ file, tensor, problem: 'wrong shard name', expected, got: quote(name) });
    }
    paths.set(tensor, path);
  }
  return paths;
}

function shardOf(index: string, tensor: string, file: WeightsFile): WeightsFile {
  if (file.has(tensor)) return file;
  throw new CheckpointError({
    file: index,
    tensor,
    problem: `the index says that it is in ${quote(parse(file.path).base)}, and it is not`,
    help: 'Index and shards are of different versions: fetch them again, together',
  });
}
