import { access, readdir, stat } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import type { Checkpoint } from '../checkpoint.ts';
import { CheckpointError, quote } from '../checkpointError.ts';
import { adapterConfigFile, adapterFileNames, adapterFilesIn } from '../fileNames.ts';
import { parsePythonJson, readJsonObject } from '../pythonJson.ts';
import { SafetensorsFile } from '../safetensors.ts';
import { openWeightsFile, type WeightsFile } from '../weightsFile.ts';
import { type AdapterConfig, adapterScale, alphaOf, readAdapterConfig } from './config.ts';
import { explainAdapterName, parseAdapterName } from './names.ts';

/** The low-rank adapters of a model (Hu et al., 2021) in a file of PEFT's or diffusers' layout. */
export interface Adapter {
  readonly file: string;
  /** Rank and scale of each adapted layer, by its path in the model. */
  readonly layers: ReadonlyMap<string, { readonly r: number; readonly scale: number }>;
  /** The stored names of `<path>.lora_A.weight` [r, in] and `<path>.lora_B.weight` [out, r]. */
  readonly stored: ReadonlyMap<string, string>;
  /** Path or repo of the model that was adapted, where the file says it. */
  readonly base: string | undefined;
}

/**
 * The file of adapters in a folder, undefined where there is none. Throws `CheckpointError` where which file is meant
 * cannot be told, and where a config lies there without weights.
 */
export async function findAdapter(folder: string): Promise<string | undefined> {
  const entries = await readdir(folder).catch((): string[] => []);
  const found = adapterFilesIn(entries);
  const [file] = found;
  const fail = (problem: string, help: string): never => {
    throw new CheckpointError({ file: folder, problem, help });
  };
  if (file === undefined) {
    if (!entries.includes(adapterConfigFile)) return undefined;
    return fail(
      `${adapterConfigFile} says that an adapter lies there, and its weights do not`,
      `Put ${adapterFileNames.peft.join(' or ')} there, or remove ${adapterConfigFile} if the adapter was merged`,
    );
  }
  const other = found.find((name) => stemOf(name) !== stemOf(file));
  if (other !== undefined)
    fail(`${file} and ${other} are two adapters`, 'Keep one there, and merge the other first (models merge)');
  return join(folder, file);
}

const stemOf = (name: string): string => parse(name).name;

/**
 * Reads an adapter's header and config, its values stay in the file: of `adapter_model` with `adapter_config.json` beside
 * it (PEFT), of `pytorch_lora_weights` (diffusers, kohya-ss), each as .safetensors or .bin, or of a folder with one of
 * them. Throws `CheckpointError` where it is damaged, or of a kind that is not computed here.
 */
export async function readAdapter(fileOrFolder: string): Promise<Adapter> {
  const isFolder = (await stat(fileOrFolder).catch(() => undefined))?.isDirectory() ?? false;
  const path = isFolder ? await findAdapter(fileOrFolder) : fileOrFolder;
  if (path === undefined) {
    const expected = Object.values(adapterFileNames).flat().join(' or ');
    throw new CheckpointError({ file: fileOrFolder, problem: 'no adapter in this folder', expected });
  }
  const file = await openWeightsFile(path);
  try {
    return await adapterOf(file, await configOf(file));
  } finally {
    await file.close();
  }
}

async function configOf(file: WeightsFile): Promise<AdapterConfig> {
  const beside = join(dirname(file.path), adapterConfigFile);
  if (await exists(beside)) return readAdapterConfig(beside, await readJsonObject(beside));
  if (stemOf(file.path) === stemOf(adapterFileNames.peft[0])) {
    const help = 'Copy it from where the adapter comes from: it says how strong the adapter is (lora_alpha)';
    throw new CheckpointError({ file: beside, problem: 'no such file', help });
  }
  const metadata = file instanceof SafetensorsFile ? file.metadata.get('lora_adapter_metadata') : undefined;
  if (metadata === undefined) return readAdapterConfig(file.path, {});
  // one file may adapt several models of a pipeline, and its keys say which
  const own = Object.entries(parseMetadata(file.path, metadata)).map(([key, value]) => [
    key.replace(/^unet\./, ''),
    value,
  ]);
  return readAdapterConfig(file.path, Object.fromEntries(own) as Record<string, unknown>);
}

function parseMetadata(file: string, text: string): object {
  let value: unknown;
  let cause: unknown;
  try {
    value = parsePythonJson(text);
  } catch (error) {
    cause = error;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CheckpointError({
    file,
    problem: 'wrong lora_adapter_metadata in its header',
    expected: 'a JSON object',
    got: quote(text, 60),
    help: 'Save the adapter again with the library that made it, or fetch the file again',
    cause,
  });
}

async function adapterOf(file: WeightsFile, config: AdapterConfig): Promise<Adapter> {
  const stored = new Map<string, string>();
  const alphas = new Map<string, number>();
  for (const name of file.names()) {
    const parsed = parseAdapterName(name);
    if (!parsed) throw unknownTensor(file, name);
    const { path, part } = parsed;
    const twice = stored.get(`${path}.${part}`);
    if (twice !== undefined) {
      const problem = `adapts the same layer as ${quote(twice)}`;
      throw new CheckpointError({ file: file.path, tensor: name, problem, help: 'Save one adapter a file' });
    }
    if (part === 'alpha') alphas.set(path, await readNumber(file, name));
    else stored.set(`${path}.${part}`, name);
  }
  const layers = new Map<string, { r: number; scale: number }>();
  const paths = new Set(
    [...stored.keys(), ...alphas.keys()].map((n) => n.replace(/\.lora_[AB]\.weight$/, '')),
  );
  for (const path of paths) {
    const [a, b] = (['lora_A', 'lora_B'] as const).map((part) => {
      const name = stored.get(`${path}.${part}.weight`);
      return name === undefined ? undefined : file.info(name).shape;
    });
    if (a?.length !== 2 || b?.length !== 2 || a[0] !== b[1]) {
      throw new CheckpointError({
        file: file.path,
        problem: `the adapter of '${path}' cannot be used`,
        expected: 'matrices A [r, in] and B [out, r] of a linear layer',
        got: `A ${a ? `[${a}]` : 'missing'} and B ${b ? `[${b}]` : 'missing'}`,
        help: 'Adapters of convolutions must be merged with the library that made them',
      });
    }
    const r = a[0] as number;
    const alpha = alphas.get(path) ?? alphaOf(config, path, r);
    layers.set(path, { r, scale: adapterScale(r, alpha, config.rslora) });
  }
  return { file: file.path, layers, stored, base: config.base };
}

/** trainers save alpha in any dtype */
async function readNumber(file: WeightsFile, name: string): Promise<number> {
  const isInteger = /int/.test(file.info(name).dtype);
  const { data } = isInteger ? await file.read(name) : await file.readFloat32(name);
  return Number(data[0]);
}

function unknownTensor(file: WeightsFile, tensor: string): CheckpointError {
  const expected = 'lora_A and lora_B of linear layers, under the names of PEFT, diffusers or kohya-ss';
  return new CheckpointError({ file: file.path, tensor, ...explainAdapterName(tensor), expected });
}

/**
 * Fails unless every layer that is adapted is a linear layer of the checkpoint, with the right sizes.
 * @param packed the name under which a quantised weight is stored, [out, ...]
 */
export async function checkAdapter(
  { file, stored, layers }: Adapter,
  base: Pick<Checkpoint, 'path' | 'has' | 'info'>,
  packed: (weight: string) => string = (weight) => weight,
): Promise<void> {
  const open = await openWeightsFile(file);
  try {
    for (const path of layers.keys()) {
      const shape = (part: string): readonly number[] =>
        open.info(stored.get(`${path}.${part}.weight`) as string).shape;
      const [out, inner] = [shape('lora_B')[0], shape('lora_A')[1]];
      const weight = `${path}.weight`;
      if (base.has(packed(weight)) && base.info(packed(weight)).shape[0] === out) continue;
      const is = base.has(weight) ? base.info(weight).shape : undefined;
      if (is?.join() === `${out},${inner}`) continue;
      throw new CheckpointError({
        file,
        problem: `the adapter of '${path}' does not fit ${quote(base.path)}`,
        expected: `a weight '${weight}' [${out}, ${inner}]`,
        got: is ? `[${is}]` : 'none of that name',
        help: 'Give the model for which the adapter was trained',
      });
    }
  } finally {
    await open.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
