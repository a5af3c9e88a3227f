import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../checkpoints/index.ts';
import { f32, Parameters, type TensorData } from '../graph/index.ts';
import { declarations } from '../inference/declare.ts';
import { initialValues } from '../nn/initialise.ts';
import { modelNames, type Preset } from '../presets/preset.ts';

/** Writes weights drawn at random for every model of a preset into its folder of weights. */
export async function writeRandomWeights(preset: Preset, seed = 1): Promise<void> {
  for (const model of modelNames) {
    if (!(await preset.has(model))) continue;
    const parameters = new Parameters();
    declarations[model](parameters.scope(), await preset.config(model));
    await mkdir(preset.weights(model), { recursive: true });
    await writeSafetensors(join(preset.weights(model), 'model.safetensors'), drawn(parameters, seed));
  }
}

/** Fresh values, but none all zero: so that every layer has a say in what comes out. */
function drawn(parameters: Parameters, seed: number): Record<string, TensorData> {
  const all = [...parameters].map((p): [string, TensorData] => {
    const init =
      p.init.kind === 'zeros' && p.shape.length > 1 ? ({ kind: 'normal', std: 0.1 } as const) : p.init;
    return [p.name, f32(initialValues({ ...p, init }, seed), p.shape)];
  });
  return Object.fromEntries(all);
}
