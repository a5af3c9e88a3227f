import { describe, expect, it } from 'vitest';
import { run } from '../../../parity/autoencoderKl.ts';
import { input, Parameters } from '../../graph/index.ts';
import { expectGradients, freshValues } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { decodeKl, downsamplingOf, drawFrom, encodeKl, readAutoencoderKlConfig } from './index.ts';

const levels = (n: number) => ({
  down_block_types: Array.from({ length: n }, () => 'DownEncoderBlock2D'),
  up_block_types: Array.from({ length: n }, () => 'UpDecoderBlock2D'),
});

describe('AutoencoderKL', () => {
  it.each(['autoencoder_kl', 'autoencoder_kl_legacy_names'])('equals the reference: %s', async (name) => {
    const rows = await run(`fixtures/${name}`);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row, row.name).toSatisfy(() => row.relL2 <= row.threshold);
  });

  it.each([
    { channels: [8, 8, 16, 16, 24], layers: 1, latents: 16, extra: {} },
    { channels: [4, 8, 8, 8, 12, 12], layers: 1, latents: 32, extra: { use_quant_conv: false } },
    {
      channels: [8],
      layers: 3,
      latents: 2,
      extra: { mid_block_add_attention: false, use_post_quant_conv: false },
    },
  ])('runs with $channels', async ({ channels, layers, latents, extra }) => {
    const config = readAutoencoderKlConfig({
      ...levels(channels.length),
      block_out_channels: channels,
      layers_per_block: layers,
      latent_channels: latents,
      norm_num_groups: 4,
      ...extra,
    });
    const d = downsamplingOf(config);
    const parameters = new Parameters();
    const p = parameters.scope();
    const posterior = encodeKl(p, config, input('image', [2, 3, 2 * d, d]));
    const picture = decodeKl(p, config, drawFrom(posterior, input('noise', [2, latents, 2, 1])));
    expect(posterior.std.shape).toEqual([2, latents, 2, 1]);
    expect(picture.shape).toEqual([2, 3, 2 * d, d]);
    const names = [...parameters].map((i) => i.name);
    expect(names.includes('quant_conv.weight')).toBe(config.quantConv);
    expect(names.includes('post_quant_conv.weight')).toBe(config.postQuantConv);
    expect(names.some((n) => n.includes('mid_block.attentions'))).toBe(config.middleAttention);
    const { y } = await runGraph({ y: picture }, freshValues([picture], parameters));
    expect((y!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it('has the right gradients, through the posterior too', async () => {
    const config = readAutoencoderKlConfig({
      ...levels(2),
      block_out_channels: [4, 8],
      latent_channels: 3,
      norm_num_groups: 2,
    });
    const parameters = new Parameters();
    const p = parameters.scope();
    const posterior = encodeKl(p, config, input('image', [1, 3, 6, 4]));
    await expectGradients(decodeKl(p, config, drawFrom(posterior, input('noise', [1, 3, 3, 2]))), parameters);
  });

  it('names the key of a config that it cannot follow', () => {
    const bad = (json: Record<string, unknown>) => () => readAutoencoderKlConfig(json);
    expect(bad({ act_fn: 'gelu' })).toThrow(/'act_fn'.*"silu".*got "gelu"/);
    expect(bad({ block_out_channels: [64, 128] })).toThrow(/'down_block_types'.*2 blocks/);
    expect(bad({ down_block_types: ['AttnDownEncoderBlock2D'] })).toThrow(/'down_block_types'/);
    expect(bad({ block_out_channels: [48] })).toThrow(/'norm_num_groups' must divide.*48/);
    expect(bad({ latents_mean: [0.1] })).toThrow(/'latents_mean'/);
    expect(bad({ layers_per_block: 0 })).toThrow(/'layers_per_block'/);
  });

  it('refuses a picture that is too small', () => {
    const config = readAutoencoderKlConfig({ ...levels(3), block_out_channels: [32, 32, 32] });
    expect(() => encodeKl(new Parameters().scope(), config, input('image', [1, 3, 2, 8]))).toThrow(
      /at least 4 rows.*input 'image'/,
    );
  });
});
