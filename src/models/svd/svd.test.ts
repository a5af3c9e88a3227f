import { describe, expect, it } from 'vitest';
import { run as runUNet } from '../../../parity/svdUnet.ts';
import { run as runVae } from '../../../parity/svdVae.ts';
import type { ConfigJson } from '../../base/configJson.ts';
import { concat, f32, input, Parameters, type TensorData } from '../../graph/index.ts';
import { initialValues } from '../../nn/index.ts';
import { expectGradients, freshValues } from '../../testing/gradients.ts';
import { runGraph } from '../../testing/runGraph.ts';
import { decodeKl, encodeKl, readAutoencoderKlConfig } from '../autoencoderKl/index.ts';
import { readUNet2DConfig, unet2d } from '../unet2d/index.ts';
import {
  decodeTemporalVae,
  encodeTemporalVae,
  imageWeightName,
  inflateImageWeights,
  readSvdUNetConfig,
  readTemporalVaeConfig,
  type SvdUNetInputs,
  svdUNet,
} from './index.ts';

const tiny = {
  in_channels: 4,
  out_channels: 2,
  block_out_channels: [4, 8],
  down_block_types: ['CrossAttnDownBlockSpatioTemporal', 'DownBlockSpatioTemporal'],
  up_block_types: ['UpBlockSpatioTemporal', 'CrossAttnUpBlockSpatioTemporal'],
  layers_per_block: 1,
  num_attention_heads: 2,
  cross_attention_dim: 5,
  norm_num_groups: 2,
  addition_time_embed_dim: 6,
  projection_class_embeddings_input_dim: 18,
} satisfies ConfigJson;

const inputs = (b: number, f: number, h: number, w: number): SvdUNetInputs => ({
  sample: input('sample', [b, f, 4, h, w]),
  timestep: input('timestep', [b]),
  encoderHiddenStates: input('rows', [b, 2, 5]),
  addedTimeIds: input('added', [b, 3]),
});

const tinyVae = {
  block_out_channels: [4, 8],
  down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
  latent_channels: 3,
  norm_num_groups: 2,
} satisfies ConfigJson;

const near = (a: TensorData | undefined, b: TensorData | undefined): number =>
  Float32Array.from(a!.data as Float32Array, (v, i) => Math.abs(v - Number(b!.data[i]))).reduce((m, v) =>
    Math.max(m, v),
  );

describe('UNetSpatioTemporalConditionModel with a keyframe', () => {
  const config = readSvdUNetConfig({ ...tiny, keyframe_channels: 2 });
  const feeds = (keyframe: number) => {
    const fill = (shape: number[], k: number) =>
      f32(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * k)),
        shape,
      );
    return {
      sample: fill([1, 3, 4, 4, 4], 1.3),
      timestep: f32([999], [1]),
      rows: fill([1, 2, 5], 0.7),
      added: f32([11, 127, 0], [1, 3]),
      keyframe: fill([1, 2, 4, 4], keyframe),
    };
  };
  const network = () => {
    const parameters = new Parameters();
    const y = svdUNet(parameters.scope(), config, {
      ...inputs(1, 3, 4, 4),
      keyframe: input('keyframe', [1, 2, 4, 4]),
    });
    return { y, parameters };
  };

  const first = (parameters: Parameters): Record<string, TensorData> =>
    Object.fromEntries([...parameters].map((p) => [p.name, f32(initialValues(p, 1), p.shape)]));

  it('predicts that nothing changes until it has learned otherwise', async () => {
    const { y, parameters } = network();
    const { y: out } = await runGraph({ y }, { ...first(parameters), ...feeds(2) });
    expect(out?.shape).toEqual([1, 3, 2, 4, 4]);
    expect([...(out as TensorData).data].every((v) => v === 0)).toBe(true);
  });

  it('adds two layers to those of a network without it, and hears the keyframe once they are not zero', async () => {
    const plain = new Parameters();
    svdUNet(plain.scope(), readSvdUNetConfig(tiny), inputs(1, 3, 4, 4));
    const names = new Set([...network().parameters].map(({ name }) => name));
    const own = [...plain].map(({ name }) => name);
    expect([...names].filter((name) => !own.includes(name))).toEqual([
      'keyframe_in.weight',
      'changes_out.weight',
      'changes_out.bias',
    ]);
    expect(own.filter((name) => !names.has(name))).toEqual(['conv_out.weight', 'conv_out.bias']);

    const { y, parameters } = network();
    const values = first(parameters);
    for (const name of ['keyframe_in.weight', 'changes_out.weight']) {
      const { data, shape } = values[name] as TensorData;
      values[name] = f32(
        Float32Array.from(data as Float32Array, (_, i) => Math.cos(i)),
        shape,
      );
    }
    const run = async (keyframe: number) => (await runGraph({ y }, { ...values, ...feeds(keyframe) })).y;
    expect(near(await run(2), await run(2))).toBe(0);
    expect(near(await run(2), await run(3))).toBeGreaterThan(1e-3);
  });

  it('says where a keyframe is missing, or has no place', () => {
    const build = (json: ConfigJson, keyframe: boolean) => () =>
      svdUNet(new Parameters().scope(), readSvdUNetConfig(json), {
        ...inputs(1, 3, 4, 4),
        ...(keyframe ? { keyframe: input('keyframe', [1, 2, 4, 4]) } : {}),
      });
    expect(build({ ...tiny, keyframe_channels: 2 }, false)).toThrow('keyframe_channels 2 needs a keyframe');
    expect(build(tiny, true)).toThrow('keyframe_channels 0 leaves no place for a keyframe');
    expect(build({ ...tiny, keyframe_channels: 3 }, true)).toThrow('keyframe must be [1, 3, 4, 4]');
  });
});

describe('UNetSpatioTemporalConditionModel', () => {
  it('equals the reference', async () => {
    const rows = await runUNet('fixtures/svd_unet');
    expect(rows.map((r) => r.name)).toContain('sample_3_tokens');
    for (const row of rows) expect(row, row.name).toSatisfy(() => row.relL2 <= row.threshold);
  });

  it('treats each clip of a batch by itself, at an odd size and any number of frames', async () => {
    const parameters = new Parameters();
    const config = readSvdUNetConfig({
      ...tiny,
      layers_per_block: [2, 1],
      transformer_layers_per_block: [2, 1],
    });
    const both = svdUNet(parameters.scope(), config, inputs(2, 3, 5, 4));
    const values = freshValues([both], parameters);
    const clip = (i: number) =>
      Object.fromEntries(
        Object.entries(values).map(([name, t]) => {
          if (parameters.get(name)) return [name, t];
          const size = t.data.length / 2;
          return [
            name,
            f32(t.data.slice(i * size, (i + 1) * size) as Float32Array, [1, ...t.shape.slice(1)]),
          ];
        }),
      );
    const one = svdUNet(parameters.scope(), config, inputs(1, 3, 5, 4));
    const { y } = await runGraph({ y: both }, values);
    expect(y?.shape).toEqual([2, 3, 2, 5, 4]);
    for (const i of [0, 1]) {
      const alone = (await runGraph({ y: one }, clip(i))).y;
      const size = y!.data.length / 2;
      expect(near(alone, f32(y!.data.slice(i * size, (i + 1) * size) as Float32Array, [size]))).toBeLessThan(
        1e-3,
      );
    }
  });

  it('has the right gradients', async () => {
    const parameters = new Parameters();
    const y = svdUNet(parameters.scope(), readSvdUNetConfig(tiny), inputs(1, 2, 3, 4));
    await expectGradients(y, parameters);
  });

  it('starts from the weights of an image U-Net and then does to each frame what that does', async () => {
    const image = readUNet2DConfig({
      in_channels: 2,
      out_channels: 2,
      block_out_channels: [4, 8],
      down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
      layers_per_block: 1,
      attention_head_dim: 2,
      cross_attention_dim: 5,
      norm_num_groups: 2,
      use_linear_projection: true,
    });
    const [pictureParameters, videoParameters] = [new Parameters(), new Parameters()];
    const shared = { timestep: input('timestep', [1]), encoderHiddenStates: input('rows', [1, 2, 5]) };
    const frames = [0, 1, 2].map((i) =>
      unet2d(pictureParameters.scope(), image, {
        ...shared,
        sample: input(`frame ${i}`, [1, 2, 4, 4]),
      }),
    );
    const one = svdUNet(videoParameters.scope(), readSvdUNetConfig(tiny), inputs(1, 3, 4, 4));
    const pictures = freshValues(frames, pictureParameters);
    const video = freshValues([one], videoParameters);
    for (const { name, shape, init } of videoParameters)
      if (init.kind === 'zeros') video[name] = f32(new Float32Array(video[name]!.data.length), shape);
    const taken = inflateImageWeights(videoParameters, (name) => pictures[name]);
    for (const { name } of pictureParameters)
      expect([...taken.keys()].map(imageWeightName), name).toContain(name);
    for (const [name, value] of taken) video[name] = value;
    for (const name of ['timestep', 'rows']) video[name] = pictures[name]!;
    const sample = video.sample!.data as Float32Array;
    for (const i of [0, 1, 2]) sample.set(pictures[`frame ${i}`]!.data as Float32Array, i * 4 * 16);
    const a = await runGraph({ y: concat(frames, 0) }, pictures);
    const b = await runGraph({ y: one }, video);
    expect(near(a.y, b.y)).toBeLessThan(1e-3); // the norms' epsilons differ
  });

  it('says which layer of an image U-Net does not fit', () => {
    const parameters = new Parameters();
    svdUNet(parameters.scope(), readSvdUNetConfig(tiny), inputs(1, 2, 4, 4));
    const wrong = () => inflateImageWeights(parameters, () => f32([1, 2], [2]));
    expect(wrong).toThrow(/cannot be widened|image U-Net/);
  });

  it.each<[ConfigJson, RegExp]>([
    [
      { down_block_types: ['DownBlock2D', 'DownBlock2D'] },
      /'down_block_types'.*CrossAttnDownBlockSpatioTemporal/,
    ],
    [{ num_attention_heads: [2, 3] }, /'num_attention_heads' must divide/],
    [{ norm_num_groups: null }, /'norm_num_groups' must divide/],
    [{ num_frames: 0 }, /'num_frames'/],
  ])('names the key of a config that it cannot follow: %o', (changes, message) => {
    expect(() => readSvdUNetConfig({ ...tiny, ...changes })).toThrow(message);
  });

  it('says which input does not fit', () => {
    const build = () =>
      svdUNet(new Parameters().scope(), readSvdUNetConfig(tiny), {
        ...inputs(1, 2, 4, 4),
        addedTimeIds: input('added', [1, 2]),
      });
    expect(build).toThrow(/addedTimeIds must be \[1, 3\].*\[1, 2\]/);
  });
});

describe('AutoencoderKLTemporalDecoder', () => {
  it('equals the reference', async () => {
    const rows = await runVae('fixtures/svd_vae');
    expect(rows.map((r) => r.name)).toContain('decoded');
    for (const row of rows) expect(row, row.name).toSatisfy(() => row.relL2 <= row.threshold);
  });

  it.each([1, 2, 3])('decodes clips with %i layers a block', async (layers) => {
    const parameters = new Parameters();
    const config = readTemporalVaeConfig({ ...tinyVae, layers_per_block: layers });
    const y = decodeTemporalVae(parameters.scope(), config, input('latents', [6, 3, 2, 3]), 3);
    expect(y.shape).toEqual([6, 3, 4, 6]);
    const values = await runGraph({ y }, freshValues([y], parameters));
    expect((values.y!.data as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it('has the right gradients', async () => {
    const parameters = new Parameters();
    const config = readTemporalVaeConfig(tinyVae);
    const y = decodeTemporalVae(parameters.scope(), config, input('latents', [2, 3, 2, 2]), 2);
    await expectGradients(y, parameters);
  });

  it('encodes as AutoencoderKL does', async () => {
    const parameters = new Parameters();
    const image = input('image', [2, 3, 4, 6]);
    const config = readAutoencoderKlConfig({
      ...tinyVae,
      up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
    });
    const a = encodeTemporalVae(parameters.scope(), readTemporalVaeConfig(tinyVae), image).std;
    const count = parameters.count;
    const b = encodeKl(parameters.scope(), config, image).std;
    expect(parameters.count).toBe(count);
    const results = await runGraph({ a, b }, freshValues([a], parameters));
    expect(results.a?.data).toEqual(results.b?.data);
    expect(decodeKl(parameters.scope(), config, input('latents', [1, 3, 2, 3])).shape).toEqual([1, 3, 4, 6]);
  });

  it('refuses latents that are no whole clips', () => {
    const decode = () =>
      decodeTemporalVae(
        new Parameters().scope(),
        readTemporalVaeConfig(tinyVae),
        input('z', [5, 3, 2, 2]),
        3,
      );
    expect(decode).toThrow(/input 'z'.*whole number of clips of 3 frames/);
  });
});
