import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f32, type TensorData } from '../../graph/index.ts';
import { Checkpoint } from '../checkpoint.ts';
import { writeTorchFile } from '../pickle/index.ts';
import { SafetensorsFile, writeSafetensors } from '../safetensors.ts';
import { checkAdapter, findAdapter, readAdapter } from './adapter.ts';
import { writeAdapter } from './write.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapter-'));
});
afterEach(() => rm(folder, { recursive: true }));

const zeros = (...shape: number[]): TensorData =>
  f32(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
/** A and B of a layer [out, in], under names with `a` and `b` in the place of the matrices'. */
const pair = (
  path: string,
  r: number,
  a: string,
  b: string,
  out = 8,
  inner = 6,
): Record<string, TensorData> => ({
  [`${path}.${a}.weight`]: zeros(r, inner),
  [`${path}.${b}.weight`]: zeros(out, r),
});
const peft = (config: object, ...tensors: Record<string, TensorData>[]): Promise<void> =>
  writeFile(join(folder, 'adapter_config.json'), JSON.stringify(config)).then(() =>
    writeSafetensors(join(folder, 'adapter_model.safetensors'), Object.assign({}, ...tensors), {
      format: 'pt',
    }),
  );
const diffusers = (
  metadata: Record<string, string>,
  ...tensors: Record<string, TensorData>[]
): Promise<void> =>
  writeSafetensors(join(folder, 'pytorch_lora_weights.safetensors'), Object.assign({}, ...tensors), metadata);

const q = 'model.layers.0.self_attn.q_proj';
const v = 'model.layers.11.self_attn.v_proj';
const toQ = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q';
const toOut = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0';

/** As PEFT 0.21 writes it, shortened by keys that are empty there. */
const config = {
  alpha_pattern: {},
  auto_mapping: null,
  base_model_name_or_path: 'meta-llama/Llama-2-7b-hf',
  bias: 'none',
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  loftq_config: {},
  lora_alpha: 32,
  lora_bias: false,
  lora_dropout: 0.05,
  megatron_core: 'megatron.core',
  modules_to_save: null,
  peft_type: 'LORA',
  peft_version: '0.21.0',
  qalora_group_size: 16,
  r: 16,
  rank_pattern: { 'layers.11.self_attn.v_proj': 4 },
  target_modules: ['v_proj', 'q_proj'],
  task_type: 'CAUSAL_LM',
  use_dora: false,
  use_rslora: false,
};

describe('readAdapter', () => {
  it("reads PEFT's layout, with ranks and alphas of single layers", async () => {
    await peft(
      { ...config, alpha_pattern: { 'layers.11.*v_proj': 6 } },
      pair(`base_model.model.${q}`, 16, 'lora_A', 'lora_B'),
      pair(`base_model.model.${v}`, 4, 'lora_A', 'lora_B'),
    );
    const adapter = await readAdapter(folder);
    expect(adapter.file).toBe(join(folder, 'adapter_model.safetensors'));
    expect([...adapter.layers]).toEqual(
      [
        [v, { r: 4, scale: 1.5 }],
        [q, { r: 16, scale: 2 }],
      ].reverse(),
    );
    expect(adapter.stored.get(`${q}.lora_A.weight`)).toBe(`base_model.model.${q}.lora_A.weight`);
    expect(adapter.base).toBe('meta-llama/Llama-2-7b-hf');
  });

  it('scales by alpha / sqrt(r) where it is rank-stabilised', async () => {
    await peft({ ...config, use_rslora: true }, pair(`base_model.model.${q}`, 16, 'lora_A', 'lora_B'));
    expect((await readAdapter(folder)).layers.get(q)?.scale).toBe(8);
  });

  it.each([
    ['current', `unet.${toQ}`, 'lora_A', 'lora_B', `unet.${toOut}`, 'lora_A', 'lora_B'],
    ['of one model', toQ, 'lora_A', 'lora_B', toOut, 'lora_A', 'lora_B'],
    ['of training scripts', `unet.${toQ}`, 'lora.down', 'lora.up', `unet.${toOut}`, 'lora.down', 'lora.up'],
    [
      'old',
      `unet.${toQ.replace('.to_q', '.processor.to_q_lora')}`,
      'down',
      'up',
      `unet.${toOut.replace('.to_out.0', '.processor.to_out_lora')}`,
      'down',
      'up',
    ],
  ])("reads diffusers' names: %s", async (_, q, qa, qb, out, outA, outB) => {
    await diffusers({ format: 'pt' }, pair(q, 4, qa, qb), pair(out, 4, outA, outB));
    const { layers, stored } = await readAdapter(folder);
    expect(Object.fromEntries(layers)).toEqual({ [toQ]: { r: 4, scale: 1 }, [toOut]: { r: 4, scale: 1 } });
    expect(stored.get(`${toOut}.lora_B.weight`)).toBe(`${out}.${outB}.weight`);
  });

  it.each([
    ['the name of an adapter in it', `base_model.model.${toQ}`, 'lora_A.default', 'lora_B.default'],
    ['linear layers of older diffusers', `unet.${toQ}`, 'lora_linear_layer.down', 'lora_linear_layer.up'],
    ['kohya-ss', `lora_unet_${toQ.replaceAll('.', '_')}`, 'lora_down', 'lora_up'],
    [
      "kohya-ss, by the original code's blocks",
      'lora_unet_input_blocks_4_0_transformer_blocks_0_attn1_to_q'.replace('4_0', '4_1'),
      'lora_down',
      'lora_up',
    ],
    ['ComfyUI', 'diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q', 'lora_A', 'lora_B'],
    ['OneTrainer', `unet.${toQ}`, 'lora_down', 'lora_up'],
  ])('reads names with %s', async (_, path, a, b) => {
    await diffusers({}, pair(path, 4, a, b), {
      [`${path}.alpha`]: { dtype: 'int64', shape: [], data: BigInt64Array.of(2n) },
    });
    const { layers } = await readAdapter(folder);
    expect(Object.fromEntries(layers)).toEqual({ [toQ]: { r: 4, scale: 0.5 } });
  });

  it.each(['adapter_model', 'pytorch_lora_weights'])(
    'reads %s.bin as it reads .safetensors',
    async (stem) => {
      const path = stem === 'adapter_model' ? `base_model.model.${q}` : `unet.${toQ}`;
      const tensors = Object.entries(pair(path, 4, 'lora_A', 'lora_B')).map(([name, { shape, data }]) => ({
        name,
        dtype: 'float32' as const,
        shape,
        data: () => [data],
      }));
      await writeTorchFile(join(folder, `${stem}.bin`), tensors);
      if (stem === 'adapter_model')
        await writeFile(join(folder, 'adapter_config.json'), JSON.stringify(config));
      const adapter = await readAdapter(folder);
      expect(adapter.file).toBe(join(folder, `${stem}.bin`));
      expect([...adapter.layers.values()]).toEqual([{ r: 4, scale: stem === 'adapter_model' ? 8 : 1 }]);
    },
  );

  it('says where a config lies without weights, and weights without their config', async () => {
    await writeFile(join(folder, 'adapter_config.json'), JSON.stringify(config));
    await expect(findAdapter(folder)).rejects.toThrow(
      'adapter_config.json says that an adapter lies there, and its weights do not. Put adapter_model.safetensors or',
    );
    await peft(config, pair(`base_model.model.${q}`, 16, 'lora_A', 'lora_B'));
    await rm(join(folder, 'adapter_config.json'));
    await expect(readAdapter(folder)).rejects.toThrow(/adapter_config.json: no such file.*lora_alpha/);
  });

  it('takes .safetensors before .bin, and neither of two adapters', async () => {
    await diffusers({}, pair(toQ, 4, 'lora_A', 'lora_B'));
    await writeFile(join(folder, 'pytorch_lora_weights.bin'), '');
    expect(await findAdapter(folder)).toBe(join(folder, 'pytorch_lora_weights.safetensors'));
    await writeFile(join(folder, 'adapter_model.bin'), '');
    await expect(findAdapter(folder)).rejects.toThrow(
      'adapter_model.bin and pytorch_lora_weights.safetensors are two adapters',
    );
  });

  it.each(['{not json', '[1]', 'null', '"text"', ''])(
    'says that its metadata are damaged: %s',
    async (text) => {
      await diffusers({ lora_adapter_metadata: text }, pair(toQ, 4, 'lora_A', 'lora_B'));
      await expect(readAdapter(folder)).rejects.toMatchObject({
        name: 'CheckpointError',
        message: expect.stringMatching(/pytorch_lora_weights.safetensors: wrong lora_adapter_metadata/),
      });
    },
  );

  it.each([{ '(': 1 }, { q: 'x' }, [1], 'x'])('says that alpha_pattern is wrong: %j', async (pattern) => {
    await peft({ ...config, alpha_pattern: pattern }, pair(`base_model.model.${q}`, 16, 'lora_A', 'lora_B'));
    await expect(readAdapter(folder)).rejects.toThrow(/'alpha_pattern' is not supported/);
  });

  it("takes alpha from diffusers' metadata, or from tensors", async () => {
    const tensors = pair(`unet.${toQ}`, 4, 'lora_A', 'lora_B');
    const metadata = { 'unet.r': 4, 'unet.lora_alpha': 6, 'unet.target_modules': ['to_q'] };
    await diffusers({ lora_adapter_metadata: JSON.stringify(metadata) }, tensors);
    expect((await readAdapter(folder)).layers.get(toQ)?.scale).toBe(1.5);
    await diffusers({}, tensors, { [`unet.${toQ}.alpha`]: f32([2], []) });
    expect((await readAdapter(folder)).layers.get(toQ)?.scale).toBe(0.5);
  });

  it.each([
    [{ peft_type: 'IA3' }, /'peft_type' is not supported; expected "LORA", got "IA3"/],
    [{ use_dora: true }, /'use_dora' is not supported/],
    [{ bias: 'all' }, /'bias' is not supported/],
    [{ modules_to_save: ['lm_head'] }, /'modules_to_save' is not supported.*Merge the adapter/],
    [{ init_lora_weights: 'pissa_niter_4' }, /'init_lora_weights' is not supported/],
  ])('refuses %j, which computes something else', async (key, message) => {
    await peft({ ...config, ...key }, pair(`base_model.model.${q}`, 16, 'lora_A', 'lora_B'));
    await expect(readAdapter(folder)).rejects.toThrow(message);
  });

  it.each([
    [
      { 'lora_unet_down_blocks_1_to_q.lora_down.weight': zeros(4, 6) },
      /'down_blocks.1.to_q' cannot be used.*A \[4,6\] and B missing/,
    ],
    [pair('text_encoder.text_model.q_proj', 4, 'lora_A', 'lora_B'), /text_encoder.*without other parts/],
    [
      pair('lora_te1_text_model_q_proj', 4, 'lora_down', 'lora_up'),
      /lora_te1_.*text encoder.*unet_lora_layers/,
    ],
    [{ [`lora_unet_${toQ}.hada_w1_a`]: zeros(4, 6) }, /is of LyCORIS, which is not supported/],
    [{ [`unet.${toQ}.lora_magnitude_vector`]: zeros(4) }, /is of DoRA, which is not supported/],
    [
      { ...pair(`unet.${toQ}`, 4, 'lora_A', 'lora_B'), ...pair(toQ, 4, 'lora.down', 'lora.up') },
      /adapts the same layer as/,
    ],
    [{ [`unet.${toQ}.lora_A.weight`]: zeros(4, 6) }, /A \[4,6\] and B missing/],
    [
      { 'unet.conv_in.lora_A.weight': zeros(4, 4, 3, 3), 'unet.conv_in.lora_B.weight': zeros(8, 4, 1, 1) },
      /of 'conv_in' cannot be used.*convolutions must be merged/,
    ],
  ])('refuses tensors that it cannot use: %#', async (tensors, message) => {
    await diffusers({}, tensors as Record<string, TensorData>);
    await expect(readAdapter(folder)).rejects.toThrow(message);
  });

  it('says where there is none', async () => {
    expect(await findAdapter(folder)).toBeUndefined();
    await expect(readAdapter(folder)).rejects.toThrow(/no adapter in this folder; expected adapter_model/);
    await expect(readAdapter(join(folder, 'nothing.safetensors'))).rejects.toThrow(/no such file/);
  });
});

describe('writeAdapter', () => {
  const settings = { r: 4, alpha: 6, targets: ['q_proj'], rslora: false, base: '/models/llama' };
  const tensors = (path: string): Map<string, TensorData> =>
    new Map(Object.entries(pair(path, 4, 'lora_A', 'lora_B')));

  it.each([
    ['peft', q, `base_model.model.${q}.lora_A.weight`],
    ['diffusers', toQ, `unet.${toQ}.lora_A.weight`],
  ] as const)('writes what it reads: %s', async (layout, path, stored) => {
    await writeAdapter(folder, layout, settings, tensors(path));
    const adapter = await readAdapter(folder);
    expect(Object.fromEntries(adapter.layers)).toEqual({ [path]: { r: 4, scale: 1.5 } });
    expect(adapter.base).toBe('/models/llama');
    const file = await SafetensorsFile.open(adapter.file);
    expect(file.metadata.get('format')).toBe('pt');
    expect(file.names()).toContain(stored);
    await file.close();
  });
});

describe('checkAdapter', () => {
  it.each([
    [{ [`${q}.weight`]: zeros(8, 6) }, undefined],
    [{ [`${q}.weight_packed`]: zeros(8, 1, 16) }, undefined],
    [{ [`${q}.weight`]: zeros(8, 7) }, /expected a weight '.*q_proj.weight' \[8, 6\], got \[8,7\]/],
    [{ other: zeros(1) }, /got none of that name. Give the model for which the adapter was trained/],
  ])('%#', async (base, message) => {
    await peft(config, pair(`base_model.model.${q}`, 16, 'lora_A', 'lora_B'));
    await writeSafetensors(join(folder, 'base.safetensors'), base as Record<string, TensorData>);
    const checkpoint = await Checkpoint.open(join(folder, 'base.safetensors'));
    await checkpoint.close();
    const checked = checkAdapter(await readAdapter(folder), checkpoint, (name) => `${name}_packed`);
    await (message ? expect(checked).rejects.toThrow(message) : checked);
  });
});
