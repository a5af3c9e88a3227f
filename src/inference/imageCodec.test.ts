import { describe, expect, it } from 'vitest';
import { input, Parameters } from '../graph/index.ts';
import { expectGradients, freshValues } from '../testing/gradients.ts';
import { runGraph } from '../testing/runGraph.ts';
import { decodeImage, readImageCodecConfig } from './imageCodec.ts';

const json = {
  in_channels: 12,
  out_channels: 12,
  patch_size: 2,
  latent_channels: 3,
  block_out_channels: [4],
  down_block_types: ['DownEncoderBlock2D'],
  up_block_types: ['UpDecoderBlock2D'],
  norm_num_groups: 2,
  mid_block_add_attention: false,
};
const decoded = (changes: object = {}) => {
  const parameters = new Parameters();
  const config = readImageCodecConfig({ ...json, ...changes });
  const image = decodeImage(parameters.scope(), config, input('latents', [1, 3, 3, 4]));
  return { parameters, image };
};

describe('the tail of a decoder (tail_channels)', () => {
  const names = ['conv_in.weight', 'conv_in.bias', 'conv_out.weight', 'conv_out.bias'];

  it('is not there by default, as in published VAEs', () => {
    const { parameters, image } = decoded();
    expect(image.shape).toEqual([1, 3, 6, 8]);
    expect([...parameters].some(({ name }) => name.includes('tail'))).toBe(false);
  });

  it('has two convolutions at full resolution, and changes nothing before it is trained', async () => {
    const [plain, tailed] = [decoded(), decoded({ tail_channels: 5 })];
    const tail = [...tailed.parameters].filter(({ name }) => name.startsWith('decoder.tail.'));
    expect(tail.map(({ name }) => name)).toEqual(names.map((name) => `decoder.tail.${name}`));
    expect(tail.map(({ shape }) => shape)).toEqual([[5, 3, 5, 5], [5], [3, 5, 3, 3], [3]]);
    expect(tail.slice(2).map(({ init }) => init.kind)).toEqual(['zeros', 'zeros']);

    const values = freshValues([tailed.image], tailed.parameters);
    for (const { name, shape } of tail.slice(2))
      values[name] = { dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)) };
    const before = await runGraph({ image: plain.image }, values);
    const after = await runGraph({ image: tailed.image }, values);
    expect(after.image?.data).toEqual(before.image?.data);
  });

  it('has the right gradients', async () => {
    const { image, parameters } = decoded({ tail_channels: 2 });
    await expectGradients(image, parameters);
  });

  it.each([-1, 2.5, '24'])('refuses %j channels', (channels) => {
    expect(() => decoded({ tail_channels: channels })).toThrow(
      /VAE config: 'tail_channels' must be a whole number from 0/,
    );
  });
});
