import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint, streamSafetensors } from '../checkpoints/index.ts';
import { input, Parameters } from '../graph/index.ts';
import { type Image, newImage, resizeImage } from '../media/index.ts';
import { checkpointSource } from '../presets/index.ts';
import { Random } from '../random/index.ts';
import { expectGradients, freshValues } from '../testing/gradients.ts';
import { runGraph } from '../testing/runGraph.ts';
import { tinyModels } from '../testing/tinyModels.ts';
import { repeated } from '../training/stages/finishStart.ts';
import { decodeImage, ImageCodec, latentShape, readImageCodecConfig, scaleOf } from './imageCodec.ts';
import type { ModelLoader } from './loader.ts';

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

describe('a decoder that paints larger pictures (out_patch_size)', () => {
  const larger = { out_patch_size: 4, out_channels: 48 };

  it('paints as many times larger as its squares are', () => {
    const { image } = decoded(larger);
    expect(image.shape).toEqual([1, 3, 12, 16]);
    const config = readImageCodecConfig({ ...json, ...larger });
    expect([scaleOf(config), latentShape(config, 8, 6)]).toEqual([2, [3, 3, 4]]);
    expect(scaleOf(readImageCodecConfig(json))).toBe(1);
  });

  it.each<[object, RegExp]>([
    [{ out_patch_size: 3 }, /'out_patch_size' must be a multiple of patch_size 2; got 3/],
    [{ out_patch_size: 4 }, /'out_channels' must be 3 x out_patch_size 4 squared, 48; got 12/],
    [{ out_patch_size: 0 }, /'out_patch_size' must be a whole number from 1/],
  ])('refuses %j', (changes, message) => {
    expect(() => readImageCodecConfig({ ...json, ...changes })).toThrow(message);
  });

  describe('over weights', () => {
    let models: ModelLoader;
    let close: () => Promise<void>;
    let codec: ImageCodec;
    let plain: ImageCodec;
    beforeAll(async () => {
      ({ models, close } = await tinyModels());
      const { preset, host } = models;
      plain = await models.imageCodec();
      // the same decoder, each pixel of its squares repeated
      const folder = join(preset.weightsFolder, 'larger');
      const checkpoint = await Checkpoint.open(preset.layers('vae'));
      const tensors = [];
      const values = new Map<string, Float32Array>();
      for (const name of checkpoint.names()) {
        const { data, shape } = await checkpoint.readFloat32(name);
        const grows = name.startsWith('decoder.conv_out.');
        values.set(name, grows ? repeated(data, 2, 4) : data);
        tensors.push({ name, dtype: 'float32', shape: grows ? [48, ...shape.slice(1)] : shape } as const);
      }
      await checkpoint.close();
      await mkdir(folder);
      await streamSafetensors(join(folder, 'model.safetensors'), tensors, ({ name }) => [values.get(name)!]);
      const config = readImageCodecConfig({ ...(await preset.config('vae')), ...larger });
      codec = new ImageCodec(await checkpointSource(host, [folder]), config);
    });
    afterAll(async () => {
      for (const part of [codec, plain]) await part.release();
      await close();
    });

    it('encodes what it paints as the smaller picture', async () => {
      const small = newImage(56, 32, [200, 40, 90]);
      small.data.fill(30, 0, 56 * 16 * 3);
      const latents = await codec.encodeImages([resizeImage(small, 112, 64, 'nearest')]);
      expect(latents).toEqual(await plain.encodeImages([small]));
      const [image] = await codec.paint(latents, 1, 56, 32);
      const [same] = await plain.paint(latents, 1, 56, 32);
      expect(image).toEqual(resizeImage(same as Image, 112, 64, 'nearest'));
      await expect(codec.encodeImages([newImage(57, 32)])).rejects.toThrow(/multiples of 2, got 57x32/);
    });

    it('paints in tiles as it paints at once, but where they meet', async () => {
      const tiled = new ImageCodec(
        await checkpointSource(models.host, [join(models.preset.weightsFolder, 'larger')]),
        codec.config,
        6,
      );
      const latents = Random.of(1, 'latents').normals(4 * 8 * 14);
      const [whole, tiles] = [await codec.decode(latents, 1, 56, 32), await tiled.decode(latents, 1, 56, 32)];
      await tiled.release();
      expect(tiles).toHaveLength(whole.length);
      expect(tiles[0]).not.toBe(0);
      expect(tiles.every(Number.isFinite)).toBe(true);
    });
  });
});
