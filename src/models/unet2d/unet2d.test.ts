import { describe, expect, it } from 'vitest';
import { run as runTraining } from '../../../parity/trainUnet.ts';
import { run } from '../../../parity/unetSdxl.ts';
import type { ConfigJson } from '../../base/configJson.ts';
import { input, Parameters } from '../../graph/index.ts';
import { expectGradients, freshValues } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { readUNet2DConfig, type UNet2DInputs, unet2d } from './index.ts';

/** Two levels of 4 and 8 channels, attention in the second. */
const tiny = {
  in_channels: 3,
  out_channels: 2,
  block_out_channels: [4, 8],
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
  layers_per_block: 1,
  attention_head_dim: 2,
  cross_attention_dim: 5,
  norm_num_groups: 2,
} satisfies ConfigJson;

const inputs = (b: number, h: number, w: number): UNet2DInputs => ({
  sample: input('sample', [b, 3, h, w]),
  timestep: input('timestep', [b]),
  encoderHiddenStates: input('rows', [b, 7, 5]),
});

describe('UNet2DConditionModel', () => {
  it('equals the reference', async () => {
    const rows = await run('fixtures/unet_sdxl');
    expect(rows.map((r) => r.name)).toContain('sample_odd');
    for (const row of rows) expect(row, row.name).toSatisfy(() => row.relL2 <= row.threshold);
  });

  it("equals the reference's gradients and training steps", async () => {
    const rows = await runTraining('fixtures/train_unet');
    expect(rows.map((r) => r.name)).toContain('grad_in.text_embeds');
    for (const row of rows) expect(row, row.name).toSatisfy(() => row.relL2 <= row.threshold);
  });

  it.each<[string, ConfigJson]>([
    ['convolutions around the attention', { use_linear_projection: false }],
    ['matrices around the attention', { use_linear_projection: true, center_input_sample: true }],
    ['inputs that say where points lie', { position_frequencies: 2 }],
    ['no attention in the middle', { mid_block_type: 'UNetMidBlock2D', downsample_padding: 0 }],
    ['no middle', { mid_block_type: null, flip_sin_to_cos: false, freq_shift: 1, conv_in_kernel: 1 }],
    [
      'lists',
      {
        layers_per_block: [2, 1],
        attention_head_dim: [1, 4],
        transformer_layers_per_block: [0, 2],
        reverse_transformer_layers_per_block: [3, 0],
        time_embedding_dim: 10,
      },
    ],
    [
      'three levels with attention at the finest',
      {
        block_out_channels: [4, 6, 8],
        down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'],
        up_block_types: ['UpBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D'],
      },
    ],
  ])('runs with %s, at an odd size', async (_, changes) => {
    const parameters = new Parameters();
    const y = unet2d(parameters.scope(), readUNet2DConfig({ ...tiny, ...changes }), inputs(2, 5, 7));
    expect(y.shape).toEqual([2, 2, 5, 7]);
    const values = await runGraph({ y }, freshValues([y], parameters));
    expect((values.y!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it('takes one time for all samples', async () => {
    const parameters = new Parameters();
    const each = inputs(2, 4, 4);
    const one = { ...each, timestep: input('time', []) };
    const a = unet2d(parameters.scope(), readUNet2DConfig(tiny), each);
    const b = unet2d(parameters.scope(), readUNet2DConfig(tiny), one);
    const values = freshValues([a], parameters);
    const time = Float32Array.of(321);
    const results = await runGraph(
      { a, b },
      {
        ...values,
        timestep: { dtype: 'float32', shape: [2], data: Float32Array.of(321, 321) },
        time: { dtype: 'float32', shape: [], data: time },
      },
    );
    expect(results.b?.data).toEqual(results.a?.data);
  });

  it('has the right gradients', async () => {
    const parameters = new Parameters();
    await expectGradients(unet2d(parameters.scope(), readUNet2DConfig(tiny), inputs(1, 3, 4)), parameters);
  });

  it('has the right gradients where it learns what is where', async () => {
    const config = readUNet2DConfig({
      ...tiny,
      position_frequencies: 1,
      draft_channels: 2,
      draft_hidden: 3,
      draft_layers: 1,
      draft_width: 4,
      draft_heads: 2,
      sample_size: [3, 4],
      addition_embed_type: 'text_time',
      addition_time_embed_dim: 2,
      projection_class_embeddings_input_dim: 3 + 6 * 2,
    });
    const parameters = new Parameters();
    const more = { textEmbeds: input('text', [1, 3]), timeIds: input('ids', [1, 6]) };
    const columns = input('columns', [1, 4, inputs(1, 3, 4).encoderHiddenStates.dim(1)]);
    const given = { ...inputs(1, 3, 4), ...more, columns };
    await expectGradients(unet2d(parameters.scope(), config, given), parameters);
    expect([...parameters].map((p) => p.name)).toEqual(
      expect.arrayContaining([
        'position_in.weight',
        'draft.hidden.weight',
        'draft.map.weight',
        'draft.columns.weight',
        'draft.transformer_blocks.0.attn2.to_k.weight',
        'draft.in.weight',
      ]),
    );
    expect(() => unet2d(new Parameters().scope(), config, { ...inputs(1, 4, 4), ...more })).toThrow(
      /sample_size 3x4, got .*\[1, 4, 4, 4\]/,
    );
  });

  it.each<[ConfigJson, RegExp]>([
    [{ draft_channels: 2 }, /'draft_channels' needs addition_embed_type/],
    [{ act_fn: 'gelu' }, /'act_fn'/],
    [{ class_embed_type: 'timestep' }, /'class_embed_type'.*"timestep"/],
    [{ num_attention_heads: 4 }, /'num_attention_heads'/],
    [{ only_cross_attention: [true, false] }, /'only_cross_attention'/],
    [{ resnet_time_scale_shift: 'scale_shift' }, /'resnet_time_scale_shift'/],
    [{ addition_embed_type: 'image' }, /'addition_embed_type'/],
    [{ addition_embed_type: 'text_time' }, /'addition_time_embed_dim'/],
    [{ down_block_types: ['DownBlock2D'] }, /'down_block_types'.*2 blocks/],
    [{ down_block_types: ['DownBlock2D', 'AttnDownBlock2D'] }, /'down_block_types'/],
    [{ mid_block_type: 'UNetMidBlock2DSimpleCrossAttn' }, /'mid_block_type'/],
    [{ attention_head_dim: 3 }, /'attention_head_dim' must divide.*8 channels/],
    [{ norm_num_groups: 3 }, /'norm_num_groups'/],
    [{ transformer_layers_per_block: [1, 0] }, /'transformer_layers_per_block' must not be 0 at level 1/],
    [{ transformer_layers_per_block: [1, 1, 1] }, /'transformer_layers_per_block'.*2 block_out_channels/],
    [{ cross_attention_dim: [5, 6] }, /'cross_attention_dim' must be the same/],
  ])('names the key of a config that it cannot follow: %o', (changes, message) => {
    expect(() => readUNet2DConfig({ ...tiny, ...changes })).toThrow(message);
  });

  it('says which input does not fit', () => {
    const config = readUNet2DConfig(tiny);
    const build = (changes: Partial<UNet2DInputs>) => () =>
      unet2d(new Parameters().scope(), config, { ...inputs(2, 4, 4), ...changes });
    expect(build({ sample: input('sample', [2, 4, 4, 4]) })).toThrow(
      /sample must be \[b, 3, h, w\].*\[2, 4, 4, 4\]/,
    );
    expect(build({ timestep: input('timestep', [3]) })).toThrow(/timestep must be \[2\]/);
    expect(build({ encoderHiddenStates: input('rows', [2, 7, 6]) })).toThrow(
      /encoderHiddenStates must be \[2, k, 5\]/,
    );
    expect(build({ textEmbeds: input('text', [2, 3]) })).toThrow(/must be left out/);
  });
});
