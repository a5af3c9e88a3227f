/**
 * Names in adapter files, as these libraries write and read them:
 * - PEFT (`get_peft_model_state_dict`, `PeftModel.save_pretrained`): `base_model.model.<path>.lora_A.weight`
 * - diffusers (`save_lora_weights`): `unet.<path>.lora_A.weight`; without `unet.` from `save_lora_adapter`; as
 *   `unet.<path>.lora.down.weight` from its training scripts (`convert_state_dict_to_diffusers`), and older still
 *   `unet.<path>.processor.to_q_lora.down.weight`
 */

export type AdapterLayout = 'peft' | 'diffusers';

/** The file of adapters in each layout. */
export const adapterFiles: { readonly [K in AdapterLayout]: string } = {
  peft: 'adapter_model.safetensors',
  diffusers: 'pytorch_lora_weights.safetensors',
};
export const adapterConfigFile = 'adapter_config.json';

/** Whether a file holds adapters, which are no checkpoint of their own. */
export const isAdapterFile = (name: string): boolean => Object.values(adapterFiles).includes(name);

const prefixes: { readonly [K in AdapterLayout]: string } = { peft: 'base_model.model.', diffusers: 'unet.' };

/** The stored name of `<path>.lora_A.weight` or `<path>.lora_B.weight`. */
export const storedAdapterName = (layout: AdapterLayout, name: string): string => prefixes[layout] + name;

const older: readonly (readonly [RegExp, string])[] = [
  [/\.processor\./, '.'],
  [/\.to_out_lora\.(down|up)\./, '.to_out.0.lora.$1.'],
  [/\.to_([qkv])_lora\.(down|up)\./, '.to_$1.lora.$2.'],
  [/\.lora\.down\.weight$/, '.lora_A.weight'],
  [/\.lora\.up\.weight$/, '.lora_B.weight'],
];

/** What a stored tensor is: a layer's A, its B, or its alpha; undefined for anything else. */
export function parseAdapterName(
  stored: string,
): { readonly path: string; readonly part: 'lora_A.weight' | 'lora_B.weight' | 'alpha' } | undefined {
  const prefix = Object.values(prefixes).find((p) => stored.startsWith(p)) ?? '';
  const name = older.reduce((s, [pattern, by]) => s.replace(pattern, by), stored.slice(prefix.length));
  const [, path, part] = /^(.+)\.(lora_A\.weight|lora_B\.weight|alpha)$/.exec(name) ?? [];
  return path ? { path, part: part as 'alpha' } : undefined;
}
