import { basename, join } from 'node:path';
import { isLora } from '../nn/index.ts';
import { type Adapter, adapterScale, Checkpoint, findAdapter, readAdapter } from '../runtime/index.ts';
import { savedName } from './savedModels.ts';
import { type SavedModel, TrainingError, type TrainingTask } from './task.ts';

/**
 * The task with the weights that lie in another folder of models, `<from>/<model>`, to start from: a new run with its
 * own schedule over what an earlier one learned. Only what the task trains is read. Throws TrainingError where a model is
 * not there.
 */
export async function startedFrom(task: TrainingTask, from: string): Promise<TrainingTask> {
  const initial = new Map(task.initial);
  for (const model of task.models ?? []) {
    const names = new Map<string, string>();
    for (const { name } of task.parameters) {
      const saved = savedName(model, name);
      if (saved !== undefined) names.set(saved, name);
    }
    try {
      const values = await readWanted(model, join(from, basename(model.folder)), new Set(names.keys()));
      for (const [saved, data] of values) initial.set(names.get(saved) as string, data);
    } catch (cause) {
      throw new TrainingError(`${task.name}: --from ${from}: ${(cause as Error).message}`, { cause });
    }
  }
  return { ...task, initial };
}

/** Those tensors of a folder's checkpoint, additions and adapter that have one of the names. */
async function readWanted(
  model: SavedModel,
  folder: string,
  names: ReadonlySet<string>,
): Promise<Map<string, Float32Array>> {
  const file = await findAdapter(folder);
  const adapter = file === undefined ? undefined : await readAdapter(file);
  const values = new Map<string, Float32Array>();
  const take = async (path: string, stored: (name: string) => string | undefined): Promise<void> => {
    const checkpoint = await Checkpoint.open(path);
    try {
      for (const name of names) {
        const own = stored(name);
        if (own === undefined || !checkpoint.has(own)) continue;
        values.set(name, (await checkpoint.readFloat32(own)).data);
      }
    } finally {
      await checkpoint.close();
    }
  };
  // where the model lies elsewhere, an adapter is enough
  await take(folder, (name) => name).catch((error: Error) => {
    if (!adapter) throw error;
  });
  if (!adapter) return values;
  checkLayers(adapter, names);
  await take(adapter.file, (name) => adapter.stored.get(name));
  rescale(adapter, model, values);
  return values;
}

function checkLayers({ file, stored }: Adapter, names: ReadonlySet<string>): void {
  const lost = [...stored.keys()].filter((name) => !names.has(name));
  if (lost.length === 0) return;
  const help = [...names].some(isLora)
    ? `name its layers in lora.targets: '${lost[0]}' is not trained`
    : 'set lora in the settings of the stage, or merge it first (npx moviedreamer models merge)';
  throw new TrainingError(`${file} adapts layers that this run does not: ${help}`);
}

/** Other settings of the run may give the same adapter another scale: its B makes up for that. */
function rescale({ layers }: Adapter, { adapter }: SavedModel, values: Map<string, Float32Array>): void {
  if (!adapter) return;
  const { r, alpha, rslora } = adapter.settings;
  for (const [path, layer] of layers) {
    const factor = layer.scale / adapterScale(r, alpha, rslora);
    const b = values.get(`${path}.lora_B.weight`);
    if (b && factor !== 1)
      values.set(
        `${path}.lora_B.weight`,
        b.map((v) => v * factor),
      );
  }
}
