import { adapterFileNames } from '../fileNames.ts';
import { diffusersPath, unflattened } from './unetPath.ts';

/**
 * Names in adapter files, as these libraries write and read them:
 * - PEFT (`get_peft_model_state_dict`, `PeftModel.save_pretrained`): `base_model.model.<path>.lora_A.weight`, with the
 *   adapter's name (`.lora_A.default.weight`) in a model's own state dict
 * - diffusers (`save_lora_weights`): `unet.<path>.lora_A.weight`; without `unet.` from `save_lora_adapter`; as
 *   `unet.<path>.lora.down.weight` from its training scripts (`convert_state_dict_to_diffusers`), and older still
 *   `unet.<path>.processor.to_q_lora.down.weight`
 * - kohya-ss: `lora_unet_<path with _ for .>.lora_down.weight` and `.alpha`; of SDXL by the original code's blocks
 * - ComfyUI and trainers for it: `diffusion_model.<path by the original code's blocks>.lora_A.weight`
 */

export { adapterConfigFile } from '../fileNames.ts';

/** The library whose file names and tensor names an adapter has. */
export type AdapterLayout = 'peft' | 'diffusers';

/** The file of adapters that is written in each layout. */
export const adapterFiles: { readonly [K in AdapterLayout]: string } = {
  peft: adapterFileNames.peft[0],
  diffusers: adapterFileNames.diffusers[0],
};

const prefixes: { readonly [K in AdapterLayout]: string } = { peft: 'base_model.model.', diffusers: 'unet.' };

/** The stored name of `<path>.lora_A.weight` or `<path>.lora_B.weight`. */
export const storedAdapterName = (layout: AdapterLayout, name: string): string => prefixes[layout] + name;

const parts: readonly (readonly [RegExp, 'lora_A.weight' | 'lora_B.weight' | 'alpha'])[] = [
  [/\.(?:lora_A|lora_down|lora\.down|lora_linear_layer\.down)(?:\.\w+)?\.weight$/, 'lora_A.weight'],
  [/\.(?:lora_B|lora_up|lora\.up|lora_linear_layer\.up)(?:\.\w+)?\.weight$/, 'lora_B.weight'],
  [/\.alpha$/, 'alpha'],
];

const older: readonly (readonly [RegExp, string])[] = [
  [/\.processor\./, '.'],
  [/\.to_out_lora\.(down|up)\./, '.to_out.0.lora.$1.'],
  [/\.to_([qkv])_lora\.(down|up)\./, '.to_$1.lora.$2.'],
];

/** What a stored tensor is: a layer's A, its B, or its alpha; undefined for anything else. */
export function parseAdapterName(
  stored: string,
): { readonly path: string; readonly part: 'lora_A.weight' | 'lora_B.weight' | 'alpha' } | undefined {
  const name = older.reduce((s, [pattern, by]) => s.replace(pattern, by), stored);
  const [pattern, part] = parts.find(([p]) => p.test(name)) ?? [];
  if (!pattern || !part) return undefined;
  const path = pathOf(name.replace(pattern, ''));
  return path === undefined ? undefined : { path, part };
}

/** A layer's path in its model; undefined where it is of another one. */
function pathOf(name: string): string | undefined {
  if (/^(text_encoder|te\d?\.|lora_te|lora_(prior|transformer))/.test(name)) return undefined;
  const flat = /^lora_unet_/.exec(name);
  if (flat) return diffusersPath(unflattened(name.slice(flat[0].length)));
  const own = /^(?:lora_unet|(?:model\.)?diffusion_model)\./.exec(name);
  if (own) return diffusersPath(name.slice(own[0].length));
  const prefix = Object.values(prefixes).find((p) => name.startsWith(p)) ?? '';
  return name.slice(prefix.length) || undefined;
}

const kinds: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(text_encoder|te\d?\.|lora_te)/,
    'adapts a text encoder, and only adapters of one model can be loaded, without other parts',
    "Save the U-Net's part alone: load it into a pipeline of diffusers, then save_lora_weights(..., unet_lora_layers=...)",
  ],
  [/lora_magnitude_vector|dora_scale/, 'is of DoRA, which is not supported', ''],
  [
    /\.hada_|\.lokr_|\.lora_mid\.|\.oft_|\.boft_|\.glora_|\.(on|diff)(_b)?$/,
    'is of LyCORIS, which is not supported',
    '',
  ],
  [/modules_to_save|original_module/, 'is a whole layer beside the adapters, which is not supported', ''],
  [/lora_embedding_/, 'adapts an embedding, which is not supported', ''],
];

/** Why a stored tensor is no adapter that can be used, and what to do. */
export function explainAdapterName(stored: string): { readonly problem: string; readonly help: string } {
  const [, problem, help] = kinds.find(([pattern]) => pattern.test(stored)) ?? [];
  return {
    problem: problem ?? 'is no adapter',
    help: help || 'Merge it into its model with the library that made it',
  };
}
