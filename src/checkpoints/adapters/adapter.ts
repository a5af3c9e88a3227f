import { access, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Checkpoint } from '../checkpoint.ts';
import { CheckpointError, quote } from '../checkpointError.ts';
import { readJsonObject } from '../pythonJson.ts';
import { SafetensorsFile } from '../safetensors.ts';
import { type AdapterConfig, adapterScale, alphaOf, readAdapterConfig } from './config.ts';
import { adapterConfigFile, adapterFiles, parseAdapterName } from './names.ts';

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

/** The file of adapters in a folder, undefined where there is none. */
export async function findAdapter(folder: string): Promise<string | undefined> {
  for (const name of Object.values(adapterFiles)) {
    const path = join(folder, name);
    if (await exists(path)) return path;
  }
  return undefined;
}

/**
 * Reads an adapter's header and config, its values stay in the file: of `adapter_model.safetensors` with
 * `adapter_config.json` beside it (PEFT), of `pytorch_lora_weights.safetensors` (diffusers), or of a folder with one of
 * them. Throws `CheckpointError` where it is damaged, or of a kind that is not computed here.
 */
export async function readAdapter(fileOrFolder: string): Promise<Adapter> {
  const isFolder = (await stat(fileOrFolder).catch(() => undefined))?.isDirectory() ?? false;
  const path = isFolder ? await findAdapter(fileOrFolder) : fileOrFolder;
  if (path === undefined) {
    const expected = Object.values(adapterFiles).join(' or ');
    throw new CheckpointError({ file: fileOrFolder, problem: 'no adapter in this folder', expected });
  }
  const file = await SafetensorsFile.open(path);
  try {
    return await adapterOf(file, await configOf(file));
  } finally {
    await file.close();
  }
}

async function configOf(file: SafetensorsFile): Promise<AdapterConfig> {
  const beside = join(dirname(file.path), adapterConfigFile);
  if (await exists(beside)) return readAdapterConfig(beside, await readJsonObject(beside));
  const metadata = file.metadata.get('lora_adapter_metadata');
  if (metadata === undefined) return readAdapterConfig(file.path, {});
  const json = JSON.parse(metadata) as Record<string, unknown>;
  // one file may adapt several models of a pipeline, and its keys say which
  const own = Object.entries(json).map(([key, value]) => [key.replace(/^unet\./, ''), value]);
  return readAdapterConfig(file.path, Object.fromEntries(own) as Record<string, unknown>);
}

async function adapterOf(file: SafetensorsFile, config: AdapterConfig): Promise<Adapter> {
  const stored = new Map<string, string>();
  const alphas = new Map<string, number>();
  for (const name of file.names()) {
    const parsed = parseAdapterName(name);
    if (!parsed || /^text_encoder/.test(name)) throw unknownTensor(file, name);
    const { path, part } = parsed;
    if (part === 'alpha') alphas.set(path, (await file.readFloat32(name)).data[0] as number);
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

function unknownTensor(file: SafetensorsFile, tensor: string): CheckpointError {
  const expected = 'lora_A and lora_B of linear layers, under the names of PEFT or diffusers';
  const isKohya = /^lora_(unet|te)/.test(tensor);
  const help = isKohya
    ? 'Load it into a pipeline of diffusers, and save it there (save_lora_weights)'
    : 'Only adapters of one model can be loaded, without other parts';
  return new CheckpointError({ file: file.path, tensor, problem: 'is no adapter', expected, help });
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
  const open = await SafetensorsFile.open(file);
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
