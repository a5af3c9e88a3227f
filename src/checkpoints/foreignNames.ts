/** How checkpoints name their tensors that hold the right model in another layout, or another model; and what to do. */
const layouts: readonly (readonly [RegExp, string])[] = [
  [
    /^(model\.diffusion_model|first_stage_model|conditioner\.embedders|cond_stage_model)\./,
    'The file is a single-file checkpoint of a whole pipeline. Split it with diffusers ' +
      "(StableDiffusionXLPipeline.from_single_file('FILE').save_pretrained('DIR')), and give DIR's folders",
  ],
  [
    /^(diffusion_model\.)?(input_blocks|output_blocks|middle_block)\.\d/,
    "The file is a U-Net under the names of Stability's own code. Convert it with diffusers " +
      "(UNet2DConditionModel.from_single_file('FILE').save_pretrained('DIR'))",
  ],
  [
    /^(encoder\.down\.\d|decoder\.up\.\d|(encoder|decoder)\.mid\.(block|attn)_\d)/,
    "The file is a VAE under the names of Stability's own code. Convert it with diffusers " +
      "(AutoencoderKL.from_single_file('FILE').save_pretrained('DIR'))",
  ],
  [
    /^layers\.\d+\.(attention\.w[qkvo]|feed_forward\.w\d)\./,
    "The file is in Meta's own layout. Fetch the repo whose name ends in -hf, or convert it with transformers " +
      '(convert_llama_weights_to_hf.py)',
  ],
  [
    /(^lora_(unet|te\d?)_|\.lora_(A|B|down|up)\.|\.lora\.(down|up)\.|_lora\.(down|up)\.)/,
    'The file holds an adapter, no model: call it pytorch_lora_weights.safetensors (or .bin) beside the model',
  ],
  [
    /\.(qweight|qzeros|g_idx)$/,
    'The file was quantised by GPTQ or AWQ. Fetch the model in full or half precision: --memory quantises it here',
  ],
  [
    /\.(weight\.(absmax|quant_map|quant_state\.\w+)|SCB|weight_format)$/,
    'The file was quantised by bitsandbytes. Fetch the model in full or half precision: --memory quantises it here',
  ],
  [
    /^(_orig_mod|_fsdp_wrapped_module)\./,
    'The file was saved from a compiled or wrapped model. Save the state dict of the model inside of it',
  ],
  [/^(bert|transformer\.h|gpt_neox)\./, 'The file is of another language model'],
];

/** What a checkpoint's names say about its layout, and what to do; undefined where they say nothing. */
export function explainNames(names: readonly string[]): string | undefined {
  return layouts.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
