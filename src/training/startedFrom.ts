import { basename, join } from 'node:path';
import { type Adapter, adapterScale, findAdapter, readAdapter } from '../checkpoints/index.ts';
import { isLora } from '../nn/index.ts';
import { hasWeights } from '../presets/index.ts';
import { savedName } from './savedModels.ts';
import { type SavedModel, TrainingError, type TrainingTask } from './task.ts';
import { checkpointWeights, layered, type Weights, weightsOf } from './weights.ts';

/**
 * The task with the weights that lie in another folder of models, `<from>/<model>`, to start from: a new run with its
 * own schedule over what an earlier one learned. Only what the task trains is read. Of several models, one that is not there
 * starts afresh, which is said. Throws TrainingError where none of them is there.
 */
export async function startedFrom(
  task: TrainingTask,
  from: string,
  say: (text: string) => void = () => {},
): Promise<TrainingTask> {
  const initial: Weights[] = task.initial ? [task.initial] : [];
  const models = await modelsThere(task, from);
  for (const { model, name } of models) {
    const stored = task.parameters.flatMap((parameter) => {
      const saved = savedName(model, parameter.name);
      return saved === undefined ? [] : [[parameter.name, saved] as const];
    });
    try {
      initial.push(await weightsIn(model, join(from, name), new Map(stored)));
    } catch (cause) {
      throw new TrainingError(`${task.name}: --from ${from}: ${(cause as Error).message}`, { cause });
    }
  }
  const read = new Set(models.map(({ name }) => name));
  for (const { folder, instead = [] } of task.models ?? []) {
    const own = basename(folder);
    if (read.has(own)) continue;
    const others = instead.map(({ model }) => model).filter((model) => read.has(model));
    const begins = others.length > 0 ? `it starts from ${others.join(' and ')}` : 'it starts afresh';
    say(`${task.name}: --from ${from} has no ${own}: ${begins}`);
  }
  return { ...task, initial: layered(...initial) };
}

/** The task's models that lie in a folder, or those that hold their parameters instead. */
async function modelsThere(
  { name: stage, models = [] }: TrainingTask,
  from: string,
): Promise<{ model: SavedModel; name: string }[]> {
  const there: { model: SavedModel; name: string }[] = [];
  for (const model of models) {
    const own = basename(model.folder);
    if (await hasWeights(join(from, own))) there.push({ model, name: own });
    else {
      for (const { model: name, prefix } of model.instead ?? [])
        if (await hasWeights(join(from, name))) there.push({ model: { ...model, prefix }, name });
    }
  }
  if (there.length > 0 || models.length === 0) return there;
  const names = models.map(({ folder }) => basename(folder)).join(', ');
  throw new TrainingError(`${stage}: --from ${from}: no such models there: ${names}`);
}

/** What a folder's checkpoint, additions and adapter have of the parameters, which are `stored` under those names. */
async function weightsIn(
  model: SavedModel,
  folder: string,
  stored: ReadonlyMap<string, string>,
): Promise<Weights> {
  const file = await findAdapter(folder);
  const adapter = file === undefined ? undefined : await readAdapter(file);
  const whole = await checkpointWeights(folder, stored).catch((error: Error) => {
    if (!adapter) throw error;
    return weightsOf(new Map()); // the model lies elsewhere: an adapter is enough
  });
  if (!adapter) return whole;
  checkLayers(adapter, new Set(stored.values()));
  const inAdapter = [...stored].flatMap(([name, saved]) => {
    const own = adapter.stored.get(saved);
    return own === undefined ? [] : [[name, own] as const];
  });
  return layered(
    whole,
    rescaled(adapter, model, stored, await checkpointWeights(adapter.file, new Map(inAdapter))),
  );
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
function rescaled(
  { layers }: Adapter,
  { adapter }: SavedModel,
  stored: ReadonlyMap<string, string>,
  weights: Weights,
): Weights {
  if (!adapter) return weights;
  const { r, alpha, rslora } = adapter.settings;
  const factors = new Map<string, number>();
  for (const [path, layer] of layers)
    factors.set(`${path}.lora_B.weight`, layer.scale / adapterScale(r, alpha, rslora));
  return {
    names: weights.names,
    read: async (name) => {
      const values = await weights.read(name);
      const factor = factors.get(stored.get(name) as string) ?? 1;
      return factor === 1 ? values : values.map((v) => v * factor);
    },
  };
}
