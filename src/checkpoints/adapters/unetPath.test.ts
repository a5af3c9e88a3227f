import { expect, it } from 'vitest';
import { diffusersPath, unflattened } from './unetPath.ts';

/** Pairs as diffusers converts them (`lora_conversion_utils.py`). */
it.each([
  ['input_blocks_1_0_in_layers_2', 'down_blocks.0.resnets.0.conv1'],
  ['input_blocks_3_0_op', 'down_blocks.0.downsamplers.0.conv'],
  ['input_blocks_4_1_proj_in', 'down_blocks.1.attentions.0.proj_in'],
  [
    'input_blocks_8_1_transformer_blocks_9_ff_net_0_proj',
    'down_blocks.2.attentions.1.transformer_blocks.9.ff.net.0.proj',
  ],
  ['middle_block_0_emb_layers_1', 'mid_block.resnets.0.time_emb_proj'],
  [
    'middle_block_1_transformer_blocks_3_attn2_to_out_0',
    'mid_block.attentions.0.transformer_blocks.3.attn2.to_out.0',
  ],
  ['middle_block_2_out_layers_3', 'mid_block.resnets.1.conv2'],
  [
    'output_blocks_0_1_transformer_blocks_0_attn1_to_k',
    'up_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k',
  ],
  ['output_blocks_5_2_conv', 'up_blocks.1.upsamplers.0.conv'],
  ['output_blocks_8_0_skip_connection', 'up_blocks.2.resnets.2.conv_shortcut'],
  ['input_blocks_0_0', 'conv_in'],
  ['out_2', 'conv_out'],
  ['time_embed_2', 'time_embedding.linear_2'],
  ['label_emb_0_0', 'add_embedding.linear_1'],
  [
    'down_blocks_2_attentions_0_transformer_blocks_1_attn2_to_v',
    'down_blocks.2.attentions.0.transformer_blocks.1.attn2.to_v',
  ],
  ['mid_block_attentions_0_proj_out', 'mid_block.attentions.0.proj_out'],
  ['up_blocks_1_resnets_2_time_emb_proj', 'up_blocks.1.resnets.2.time_emb_proj'],
  ['time_embedding_linear_1', 'time_embedding.linear_1'],
])('%s is %s', (flat, path) => {
  expect(diffusersPath(unflattened(flat))).toBe(path);
});
