import { expect, it } from 'vitest';
import { explainNames } from './foreignNames.ts';

it.each([
  ['model.diffusion_model.input_blocks.0.0.weight', 'StableDiffusionXLPipeline.from_single_file'],
  ['first_stage_model.decoder.conv_in.weight', 'StableDiffusionXLPipeline.from_single_file'],
  ['input_blocks.4.1.proj_in.weight', 'UNet2DConditionModel.from_single_file'],
  ['decoder.up.3.block.0.conv1.weight', 'AutoencoderKL.from_single_file'],
  ['layers.0.attention.wq.weight', 'convert_llama_weights_to_hf.py'],
  ['lora_unet_down_blocks_1_attentions_0_proj_in.lora_down.weight', 'pytorch_lora_weights.safetensors'],
  ['model.layers.0.self_attn.q_proj.qweight', 'GPTQ'],
  ['model.layers.0.self_attn.q_proj.weight.absmax', 'bitsandbytes'],
  ['_orig_mod.conv_in.weight', 'compiled'],
])('%s says what the file is', (name, help) => {
  expect(explainNames(['other', name])).toContain(help);
});

it.each([
  'down_blocks.1.attentions.0.proj_in.weight',
  'decoder.up_blocks.0.resnets.0.conv1.weight',
  'model.layers.0.self_attn.q_proj.weight',
  'vision_model.encoder.layers.0.mlp.fc1.weight',
  'visual.transformer.resblocks.0.attn.in_proj_weight',
])('%s is as it should be', (name) => {
  expect(explainNames([name])).toBeUndefined();
});
