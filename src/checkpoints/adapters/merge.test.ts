import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { f32, type TensorData } from '../../graph/index.ts';
import { Random } from '../../random/index.ts';
import { Checkpoint } from '../checkpoint.ts';
import { float32ToBfloat16, float32ToFloat16 } from '../float16.ts';
import { writeSafetensors } from '../safetensors.ts';
import { mergeAdapter } from './merge.ts';
import { writeAdapter } from './write.ts';

let folder: string;
let base: string;
let adapter: string;
let out: string;
const [rows, inner, r, scale] = [6, 5, 2, 1.5];
const random = Random.of(1, 'merge');
const [w, a, b] = [random.normals(rows * inner), random.normals(r * inner), random.normals(rows * r)];
const path = 'layers.0.q_proj';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merge-'));
  [base, adapter, out] = ['base', 'adapter', 'out'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(base);
  const tensors = new Map([
    [`${path}.lora_A.weight`, f32(a, [r, inner])],
    [`${path}.lora_B.weight`, f32(b, [rows, r])],
  ]);
  await mkdir(adapter);
  const settings = { r, alpha: r * scale, targets: ['q_proj'], rslora: false, base };
  await writeAdapter(adapter, 'peft', settings, tensors);
});
afterEach(() => rm(folder, { recursive: true }));

const model = (dtype: 'float32' | 'float16' | 'bfloat16'): Record<string, TensorData> => {
  const narrow = { float32: (x: Float32Array) => x, float16: float32ToFloat16, bfloat16: float32ToBfloat16 };
  const tensor = (values: Float32Array, shape: number[]): TensorData => {
    return { dtype, shape, data: narrow[dtype](values) };
  };
  return {
    [`${path}.weight`]: tensor(w, [rows, inner]),
    [`${path}.bias`]: tensor(w.slice(0, rows), [rows]),
    'embed.weight': tensor(w.slice(0, 12), [4, 3]),
    'norm.weight': f32(w.slice(0, 5), [5]),
  };
};
const read = async (from: string): Promise<Map<string, TensorData>> => {
  const checkpoint = await Checkpoint.open(from);
  const all = new Map<string, TensorData>();
  for (const name of checkpoint.names()) all.set(name, await checkpoint.read(name));
  await checkpoint.close();
  return all;
};

describe('mergeAdapter', () => {
  it.each([
    ['float32', 1e-6],
    ['float16', 2e-3],
    ['bfloat16', 2e-2],
  ] as const)('adds scale * B A, and keeps names and dtypes: %s', async (dtype, error) => {
    const before = model(dtype);
    await writeSafetensors(join(base, 'model.safetensors'), before, { format: 'pt' });
    const seen: number[] = [];
    const onProgress = (done: number, total: number): void => void seen.push(done / total);
    expect(await mergeAdapter({ base, adapter, out, onProgress })).toBe(1);
    expect(seen.at(-1)).toBe(1);
    const after = await read(out);
    expect([...after.keys()].sort()).toEqual(Object.keys(before).sort());
    for (const [name, { dtype, shape, data }] of after) {
      expect([name, dtype, shape]).toEqual([name, before[name]?.dtype, before[name]?.shape]);
      if (name !== `${path}.weight`) expect(data).toEqual(before[name]?.data);
    }
    const checkpoint = await Checkpoint.open(out);
    const { data } = await checkpoint.readFloat32(`${path}.weight`);
    await checkpoint.close();
    data.forEach((got, k) => {
      const [row, i] = [Math.floor(k / inner), k % inner];
      let want = w[k] as number;
      for (let j = 0; j < r; j++) want += scale * (b[row * r + j] as number) * (a[j * inner + i] as number);
      expect(Math.abs(got - want)).toBeLessThan(error * Math.max(1, Math.abs(want)));
    });
  });

  it('cuts what is larger than one file into shards with an index, as transformers does', async () => {
    await writeSafetensors(join(base, 'model.safetensors'), model('float32'), { format: 'pt' });
    await writeFile(join(base, 'config.json'), '{"model_type":"llama"}');
    await writeFile(join(base, 'tokenizer.json'), '{}');
    await mergeAdapter({ base, adapter, out, maxBytes: 140 });
    expect((await readdir(out)).sort()).toEqual([
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
    ]);
    const index = JSON.parse(await readFile(join(out, 'model.safetensors.index.json'), 'utf8')) as {
      metadata: { total_size: number };
      weight_map: Record<string, string>;
    };
    expect(index.metadata.total_size).toBe((30 + 6 + 12 + 5) * 4);
    expect(new Set(Object.values(index.weight_map)).size).toBe(2);
    const sharded = await read(out);
    // shards are a base, too, and merging again into one file leaves nothing of them
    const again = join(folder, 'again');
    await mergeAdapter({ base: out, adapter, out: again });
    await rm(out, { recursive: true });
    await mergeAdapter({ base, adapter, out });
    expect([...(await read(out))].sort()).toEqual([...sharded].sort());
    expect((await readdir(again)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  });

  it('takes the additions that were trained with the adapter, before those of the model', async () => {
    await writeSafetensors(join(base, 'model.safetensors'), model('float32'), {});
    await writeSafetensors(join(base, 'additions.safetensors'), { head: f32([1], [1]) });
    await mergeAdapter({ base, adapter, out });
    expect((await read(out)).get('head')?.data).toEqual(Float32Array.of(1));
    await writeSafetensors(join(adapter, 'additions.safetensors'), { head: f32([2], [1]) });
    await mergeAdapter({ base, adapter, out });
    expect((await read(out)).get('head')?.data).toEqual(Float32Array.of(2));
    expect(await readdir(out)).not.toContain('adapter_config.json');
  });

  it('keeps the name of a checkpoint of diffusers', async () => {
    const file = join(base, 'diffusion_pytorch_model.fp16.safetensors');
    await writeSafetensors(file, model('float16'));
    await mergeAdapter({ base: file, adapter: join(adapter, 'adapter_model.safetensors'), out });
    expect(await readdir(out)).toEqual(['diffusion_pytorch_model.safetensors']);
  });

  it('says what does not belong together', async () => {
    await writeSafetensors(join(base, 'model.safetensors'), { 'norm.weight': f32([1], [1]) });
    await expect(mergeAdapter({ base, adapter, out })).rejects.toThrow(
      /adapter of 'layers.0.q_proj' does not fit .*Give the model for which the adapter was trained/,
    );
    await writeSafetensors(join(base, 'model.safetensors'), model('float32'));
    await expect(mergeAdapter({ base, adapter, out: base })).rejects.toThrow(
      /is the folder of the model itself/,
    );
    await expect(mergeAdapter({ base, adapter: base, out })).rejects.toThrow(/no adapter in this folder/);
    await expect(mergeAdapter({ base: join(folder, 'no'), adapter, out })).rejects.toThrow(/no such file/);
  });
});
