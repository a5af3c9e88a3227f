import { join } from 'node:path';
import { writeFileAtomically } from '../../files/index.ts';
import type { TensorData } from '../../graph/index.ts';
import { writeSafetensors } from '../safetensors.ts';
import { type AdapterLayout, adapterConfigFile, adapterFiles, storedAdapterName } from './names.ts';

/** Settings of a LoRA adapter (Hu et al., 2021), as PEFT’s `adapter_config.json` names them. */
export interface AdapterSettings {
  /** Rank of the update. */
  readonly r: number;
  /** Scale of the update: it is multiplied by alpha / r, with `rslora` by alpha / sqrt(r). */
  readonly alpha: number;
  /** Last names of the layers that are adapted, such as `q_proj`. */
  readonly targets: readonly string[];
  /** Whether the update is scaled by alpha / sqrt(r) (Kalajdzievski, 2023). */
  readonly rslora: boolean;
  /** Path or repo of the model that is adapted. */
  readonly base: string;
}

/**
 * Writes adapters as PEFT does (`adapter_config.json` and `adapter_model.safetensors`), or as diffusers does (one file,
 * the settings in its metadata).
 * @param tensors by `<path>.lora_A.weight` and `<path>.lora_B.weight`
 */
export async function writeAdapter(
  folder: string,
  layout: AdapterLayout,
  settings: AdapterSettings,
  tensors: ReadonlyMap<string, TensorData>,
): Promise<void> {
  const config = peftConfig(settings);
  const named = new Map([...tensors].map(([name, value]) => [storedAdapterName(layout, name), value]));
  const path = join(folder, adapterFiles[layout]);
  if (layout === 'diffusers') {
    const keys = Object.entries(config).map(([key, value]) => [`unet.${key}`, value]);
    const metadata = JSON.stringify(Object.fromEntries(keys), null, 2);
    return writeSafetensors(path, named, { format: 'pt', lora_adapter_metadata: metadata });
  }
  // the config last: whoever finds it finds whole weights
  await writeSafetensors(path, named, { format: 'pt' });
  const json = { ...config, task_type: 'CAUSAL_LM' };
  await writeFileAtomically(join(folder, adapterConfigFile), `${JSON.stringify(json, null, 2)}\n`);
}

/** Keys of PEFT's LoraConfig; it takes its defaults for the others. */
function peftConfig({ r, alpha, targets, rslora, base }: AdapterSettings): Record<string, unknown> {
  return {
    base_model_name_or_path: base,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    peft_type: 'LORA',
    r,
    target_modules: targets,
    use_dora: false,
    use_rslora: rslora,
  };
}
