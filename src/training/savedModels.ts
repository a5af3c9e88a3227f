import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  adapterConfigFile,
  adapterFiles,
  additionsFile,
  float32ToFloat16,
  streamSafetensors,
  type TensorHeader,
  writeAdapter,
  writeShards,
} from '../checkpoints/index.ts';
import { writeAtomically, writeFileAtomically } from '../files/index.ts';
import { f32, type ParameterInfo, type TensorData } from '../graph/index.ts';
import { isLora } from '../nn/index.ts';
import type { ModelName, Preset } from '../presets/index.ts';
import type { SavedModel } from './task.ts';
import type { Weights } from './weights.ts';

/** The name that a parameter has in a saved file, or undefined where it does not belong there. */
export function savedName({ prefix, except }: SavedModel, name: string): string | undefined {
  if (except !== undefined && name.startsWith(`${except}.`)) return undefined;
  if (prefix === '') return name;
  return name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : undefined;
}

interface Saved {
  readonly name: string;
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

/**
 * Writes models as half precision, in the files that diffusers or transformers would look for; parameters
 * that those libraries do not have go into `additions.safetensors`. Of an adapted model, only the adapters and the
 * additions are written.
 */
export async function saveModels(
  models: readonly SavedModel[],
  parameters: readonly ParameterInfo[],
  weights: Weights,
): Promise<void> {
  for (const model of models) {
    const { folder, publishes = () => true, adapter, config } = model;
    await mkdir(folder, { recursive: true });
    const tensors = parameters.flatMap(({ name, shape }): Saved[] => {
      const saved = savedName(model, name);
      return saved === undefined ? [] : [{ name: saved, shape, read: () => weights.read(name) }];
    });
    if (adapter) {
      const own = tensors.filter(({ name }) => isLora(name));
      const values = new Map<string, TensorData>();
      for (const { name, shape, read } of own) values.set(name, f32(await read(), shape));
      await writeAdditions(
        folder,
        tensors.filter((t) => !isLora(t.name)),
      );
      await writeAdapter(folder, adapter.layout, adapter.settings, values);
      continue;
    }
    await removeAdapter(folder); // it was trained for the model that is replaced now
    await writeModel(
      folder,
      model.file,
      tensors.filter(({ name }) => publishes(name)),
    );
    await writeAdditions(
      folder,
      tensors.filter(({ name }) => !publishes(name)),
    );
    if (config) await saveJson(folder, 'config.json', config);
  }
}

async function writeModel(folder: string, file: string, tensors: readonly Saved[]): Promise<void> {
  const { headers, values } = inHalves(tensors);
  await writeShards(folder, headers, values, { base: file.replace(/\.safetensors$/, '') });
}

async function writeAdditions(folder: string, tensors: readonly Saved[]): Promise<void> {
  const path = join(folder, additionsFile);
  if (tensors.length === 0) return rm(path, { force: true });
  const { headers, values } = inHalves(tensors);
  await streamSafetensors(path, headers, values, { format: 'pt' });
}

/** By name, as float16, each read when it is written. */
function inHalves(tensors: readonly Saved[]): {
  headers: TensorHeader[];
  values: (tensor: TensorHeader) => AsyncIterable<Uint16Array>;
} {
  const byName = new Map(tensors.map((t) => [t.name, t]));
  const headers = tensors
    .map(({ name, shape }): TensorHeader => ({ name, dtype: 'float16', shape }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    headers,
    async *values({ name }) {
      yield float32ToFloat16(await (byName.get(name) as Saved).read());
    },
  };
}

async function removeAdapter(folder: string): Promise<void> {
  for (const file of [...Object.values(adapterFiles), adapterConfigFile]) {
    await rm(join(folder, file), { force: true });
  }
}

/**
 * Copies files that were read with a model's earlier weights, such as a tokenizer, beside those that were trained: whoever
 * reads these looks for them there. A file that is there, or nowhere, is left as it is.
 */
export async function copyBeside(preset: Preset, model: ModelName, names: readonly string[]): Promise<void> {
  const folder = preset.weights(model);
  for (const name of names) {
    const path = await preset.file(model, name);
    const own = join(folder, name);
    if (path === undefined || path === own) continue;
    await writeAtomically(own, (temporary) => copyFile(path, temporary));
  }
}

export async function saveJson(folder: string, file: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
}
