import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { bytesPerElement, type CompileOptions, type DType, type TensorData } from '../graph/index.ts';
import { CheckpointError, quote } from './checkpointError.ts';
import { readJsonObject } from './pythonJson.ts';
import { type Float32Tensor, SafetensorsFile } from './safetensors.ts';
import type { TensorInfo } from './safetensorsHeader.ts';

export interface CheckpointTensorInfo extends TensorInfo {
  /** Path of the `.safetensors` file in which it lies. */
  readonly file: string;
}

export interface CheckpointOptions {
  /** In a folder, take this variant only, e.g. 'fp16'. Default: full precision, else fp16. */
  readonly variant?: string;
}

/** A model's published weights: one file, or shards behind one index. */
export class Checkpoint {
  /** The file that was opened, `.safetensors` or index; of several, their names. */
  readonly path: string;
  private readonly files: readonly SafetensorsFile[];
  private readonly byName: ReadonlyMap<string, SafetensorsFile>;
  private readonly realPaths: ReadonlyMap<SafetensorsFile, string>;

  private constructor(
    path: string,
    byName: ReadonlyMap<string, SafetensorsFile>,
    realPaths: Map<SafetensorsFile, string>,
  ) {
    this.path = path;
    this.files = [...realPaths.keys()];
    this.byName = byName;
    this.realPaths = realPaths;
  }

  /**
   * Opens a `.safetensors` file, a `*.index.json`, or a folder as diffusers and transformers publish it
   * (`diffusion_pytorch_model.safetensors`, `model.safetensors`, their shards and `.fp16` variants). All headers
   * are checked. Of several, a name in a later one hides the same name in those before: a published model with what was
   * trained beside it. Throws `CheckpointError`. Close it when done.
   */
  static async open(
    pathOrFolder: string | readonly string[],
    options: CheckpointOptions = {},
  ): Promise<Checkpoint> {
    if (typeof pathOrFolder === 'string') return Checkpoint.openOne(pathOrFolder, options);
    const layers: Checkpoint[] = [];
    try {
      for (const path of pathOrFolder) layers.push(await Checkpoint.openOne(path, options));
    } catch (error) {
      for (const layer of layers) await layer.close();
      throw error;
    }
    const [only] = layers;
    if (only && layers.length === 1) return only;
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
    const path = isFolder ? await findInFolder(pathOrFolder, options.variant) : pathOrFolder;
    const weightMap = path.endsWith('.json') ? await readIndex(path) : undefined;
    const paths = weightMap ? [...new Set(weightMap.values())] : [path];
    const files = new Map<string, SafetensorsFile>();
    try {
      for (const p of paths) files.set(p, await SafetensorsFile.open(p));
      const byName = new Map<string, SafetensorsFile>();
      if (weightMap) {
        for (const [name, p] of weightMap) byName.set(name, shardOf(path, name, files.get(p)!));
      } else {
        const file = files.get(path)!;
        for (const name of file.names()) byName.set(name, file);
      }
      const real = new Map<SafetensorsFile, string>();
      for (const [p, file] of files) real.set(file, await realpath(p));
      return new Checkpoint(path, byName, real);
    } catch (error) {
      for (const file of files.values()) await file.close();
      throw error;
    }
  }

  names(): string[] {
    return [...this.byName.keys()];
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Throws `CheckpointError` for an unknown name, as `read` does. */
  info(name: string): CheckpointTensorInfo {
    const file = this.fileOf(name);
    return { ...file.info(name), file: file.path };
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
        const location = relative(folder, this.realPaths.get(file)!).split(sep).join('/');
        return { location, offset, length, dtype: dtype as DType, shape };
      },
    };
  }

  async close(): Promise<void> {
    for (const file of this.files) await file.close();
  }

  private fileOf(name: string): SafetensorsFile {
    const file = this.byName.get(name);
    if (file === undefined) {
      const some = this.names()
        .slice(0, 3)
        .map((n) => quote(n));
      const help = `It holds ${this.byName.size} tensors, such as ${some.join(', ')}`;
      throw new CheckpointError({ file: this.path, tensor: name, problem: 'not in this checkpoint', help });
    }
    return file;
  }
}

const bases = ['diffusion_pytorch_model', 'model'];

async function findInFolder(folder: string, variant: string | undefined): Promise<string> {
  const names = new Set(await readdir(folder));
  for (const v of variant === undefined ? ['', '.fp16'] : [`.${variant}`]) {
    for (const base of bases) {
      for (const name of [`${base}${v}.safetensors`, `${base}.safetensors.index${v}.json`]) {
        if (names.has(name)) return join(folder, name);
      }
    }
  }
  const found = [...names].filter((n) => n.endsWith('.safetensors'));
  if (found.length === 1 && variant === undefined) return join(folder, found[0]!);
  const pickled = [...names].find((n) => /\.(bin|pt|pth|ckpt)$/.test(n));
  throw new CheckpointError({
    file: folder,
    problem: `no weights${variant === undefined ? '' : ` of variant '${variant}'`} in this folder`,
    expected: `one of ${bases.map((b) => `${b}.safetensors`).join(', ')}, or their .index.json`,
    got:
      [...names]
        .slice(0, 8)
        .map((n) => quote(n))
        .join(', ') || 'an empty folder',
    help:
      found.length > 1
        ? 'Name the file that is meant'
        : pickled === undefined
          ? 'Check the path: models often lie one folder deeper'
          : `${quote(pickled)} is a pickle, which can run code: convert it to safetensors first`,
  });
}

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
      !name.endsWith('.safetensors')
    ) {
      const expected = 'the name of a .safetensors file in the same folder';
      throw new CheckpointError({ file, tensor, problem: 'wrong shard name', expected, got: quote(name) });
    }
    paths.set(tensor, path);
  }
  return paths;
}

function shardOf(index: string, tensor: string, file: SafetensorsFile): SafetensorsFile {
  if (file.has(tensor)) return file;
  throw new CheckpointError({
    file: index,
    tensor,
    problem: `the index says that it is in ${quote(parse(file.path).base)}, and it is not`,
    help: 'Index and shards are of different versions: fetch them again, together',
  });
}
