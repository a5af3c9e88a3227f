import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, f32, parameter } from '../../graph/index.ts';
import { WorkerHost } from '../../runtime/workerHost.ts';
import { Checkpoint } from '../checkpoint.ts';
import { CheckpointError } from '../checkpointError.ts';
import { convertToSafetensors } from '../convert.ts';
import { writeSafetensors } from '../safetensors.ts';
import { type TorchTensorSource, writeTorchFile } from './writeTorchFile.ts';

const fixtures = fileURLToPath(new URL('testing/files/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'torch-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Expected {
  readonly dtype: string;
  readonly shape: number[];
  /** Missing where the dtype can be listed, but not read. */
  readonly values?: number[];
}
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<
  string,
  Record<string, Expected>
>;
const values = async (checkpoint: Checkpoint, name: string): Promise<number[]> => {
  const { dtype } = checkpoint.info(name);
  const { data } = dtype.includes('float') ? await checkpoint.readFloat32(name) : await checkpoint.read(name);
  return Array.from(data as Float32Array, Number);
};

describe('files that torch.save wrote', () => {
  it.each(Object.keys(expected))('%s', async (file) => {
    const tensors = expected[file] as Record<string, Expected>;
    const checkpoint = await Checkpoint.open(join(fixtures, file));
    expect(checkpoint.names()).toEqual(Object.keys(tensors));
    for (const [name, { dtype, shape, values: wanted }] of Object.entries(tensors)) {
      expect(checkpoint.info(name), name).toMatchObject({ dtype, shape });
      if (wanted)
        expect(await values(checkpoint, name), name).toEqual(wanted.map((v) => expect.closeTo(v, 5)));
      else await expect(checkpoint.read(name)).rejects.toThrow('cannot be held as it is');
    }
    await checkpoint.close();
  });

  it.each([
    ['evil.pt', `its pickle "posix.system" is not allowed: to load it would run code`],
    ['module.pt', '"torch.nn.modules.container.Sequential" is not allowed'],
    ['script.pt', 'not a file of weights but a TorchScript program'],
  ])('refuses %s', async (file, message) => {
    await expect(Checkpoint.open(join(fixtures, file))).rejects.toThrow(message);
    expect(existsSync('/tmp/moviedreamer-was-here')).toBe(false); // what evil.pt would leave behind
  });

  it('is used where it lies', async () => {
    const checkpoint = await Checkpoint.open(join(fixtures, 'zip.pt'));
    const [weight, bias, turned] = [
      parameter('a.weight', [3, 4]),
      parameter('a.bias', [4]),
      parameter('turned', [4, 3]),
    ];
    const host = await WorkerHost.start({ threads: 1 });
    const session = await host.load(compile({ w: weight, b: bias }, { weights: checkpoint.weights() }));
    const results = await session.run();
    const got = (name: string): number[] => Array.from(results[name]?.data as Float32Array);
    expect(got('w')).toEqual(await values(checkpoint, 'a.weight'));
    expect(got('b')).toEqual(await values(checkpoint, 'a.bias'));
    await host.close();
    expect(() => compile({ t: turned }, { weights: checkpoint.weights() })).toThrow('models convert');
    await checkpoint.close();
  });

  it('is converted, the widest dtypes first', async () => {
    const to = join(folder, 'converted.safetensors');
    const progress: [number, number][] = [];
    await convertToSafetensors(join(fixtures, 'zip.pt'), to, (...now) => progress.push(now));
    expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1]);
    expect(progress).toHaveLength(10);
    const converted = await Checkpoint.open(to);
    for (const [name, { dtype, shape, values: wanted }] of Object.entries(expected['zip.pt'] ?? {})) {
      const held = dtype === 'float64' ? 'float32' : dtype;
      expect(converted.info(name), name).toMatchObject({ dtype: held, shape });
      expect(await values(converted, name), name).toEqual(wanted?.map((v) => expect.closeTo(v, 5)));
      const width = converted.info(name).byteLength / (wanted?.length as number);
      expect(converted.info(name).byteOffset % width, name).toBe(0);
    }
    await converted.close();
  });

  it('is not converted where a dtype cannot be held', async () => {
    const to = join(folder, 'not.safetensors');
    await expect(convertToSafetensors(join(fixtures, 'modern.pt'), to)).rejects.toThrow(
      /modern\.pt: tensor "wide": cannot be converted; expected .*, got uint16/,
    );
    expect(existsSync(to)).toBe(false);
  });
});

describe('folders with files of torch', () => {
  /** A folder of files that hold one tensor each, of their own name; returns what opening it finds. */
  async function found(files: readonly string[], variant?: string): Promise<string> {
    const path = mkdtempSync(join(folder, 'folder-'));
    for (const file of files) {
      if (file.endsWith('.json')) {
        const map = { weight_map: { [files[0] as string]: files[0] } };
        writeFileSync(join(path, file), JSON.stringify(map));
      } else if (file.endsWith('.safetensors')) {
        await writeSafetensors(join(path, file), { [file]: f32([1], [1]) });
      } else await writeTorchFile(join(path, file), [ones(file, [1])]);
    }
    const checkpoint = await Checkpoint.open(path, variant === undefined ? {} : { variant });
    await checkpoint.close();
    return checkpoint.names().join();
  }

  it.each([
    [['pytorch_model.bin', 'training_args.bin', 'other.pt'], 'pytorch_model.bin'],
    [['pytorch_model.bin', 'model.safetensors'], 'model.safetensors'],
    [['shard-1.bin', 'shard-2.bin', 'pytorch_model.bin.index.json'], 'shard-1.bin'],
    [['diffusion_pytorch_model.fp16.bin', 'diffusion_pytorch_model.bin'], 'diffusion_pytorch_model.bin'],
    [['longclip-L.pt', 'optimizer.pt', 'scheduler.pt', 'rng_state_0.pth'], 'longclip-L.pt'],
    [['farl.pth', 'additions.safetensors'], 'farl.pth,additions.safetensors'],
    [['farl.pth', 'pytorch_lora_weights.safetensors'], 'farl.pth'],
  ])('%j: %s', async (files, wanted) => {
    expect(await found(files)).toBe(wanted);
  });

  it('by variant', async () => {
    const files = ['pytorch_model.fp16.bin', 'pytorch_model.bin'];
    expect(await found(files, 'fp16')).toBe('pytorch_model.fp16.bin');
    await expect(found(files, 'ema')).rejects.toThrow("no weights of variant 'ema'");
  });

  it('not of two, of which neither has a published name', async () => {
    await expect(found(['a.pt', 'b.pth'])).rejects.toThrow('which of them is the model cannot be told');
    await expect(Checkpoint.open([])).rejects.toThrow('no path was given');
  });

  it('beside safetensors, as one checkpoint', async () => {
    const own = join(folder, 'own.safetensors');
    await writeSafetensors(own, { ids: f32([7], [1]), more: f32([8], [1]) });
    const checkpoint = await Checkpoint.open([join(fixtures, 'zip.pt'), own]);
    expect(checkpoint.names()).toHaveLength(11);
    expect(await values(checkpoint, 'ids')).toEqual([7]);
    const host = await WorkerHost.start({ threads: 1 });
    const [weight, ids] = [parameter('a.weight', [3, 4]), parameter('ids', [1])];
    const session = await host.load(compile({ w: weight, i: ids }, { weights: checkpoint.weights() }));
    const results = await session.run();
    expect(results.i?.data).toEqual(Float32Array.of(7));
    expect(Array.from(results.w?.data as Float32Array)).toEqual(await values(checkpoint, 'a.weight'));
    await host.close();
    await checkpoint.close();
  });
});

const ones = (name: string, shape: number[]): TorchTensorSource => ({
  name,
  dtype: 'float32',
  shape,
  data: () => [new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1)],
});

describe('writeTorchFile', () => {
  it('writes what it reads, aligned, the same bytes each time', async () => {
    const path = join(folder, 'own.pth');
    const tensors: TorchTensorSource[] = [
      { ...ones('x.weight', [3, 2]), data: () => [Float32Array.of(1, 2), Float32Array.of(3, 4, 5, 6)] },
      { name: 'h', dtype: 'float16', shape: [2], data: () => [Uint16Array.of(0x3c00, 0x4000)] },
      { name: 'i', dtype: 'int64', shape: [], data: () => [BigInt64Array.of(7n)] },
    ];
    await writeTorchFile(path, tensors, { under: 'state_dict' });
    const first = readFileSync(path);
    const checkpoint = await Checkpoint.open(path);
    expect(await values(checkpoint, 'x.weight')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await values(checkpoint, 'h')).toEqual([1, 2]);
    expect(await values(checkpoint, 'i')).toEqual([7]);
    for (const name of checkpoint.names()) expect(checkpoint.info(name).byteOffset % 64, name).toBe(0);
    await checkpoint.close();
    await writeTorchFile(path, tensors, { under: 'state_dict' });
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  it('takes values at once, in pieces, and none', async () => {
    const path = join(folder, 'pieces.pt');
    const five = Float32Array.of(1, 2, 3, 4, 5);
    await writeTorchFile(path, [
      { ...ones('promise', [5]), data: async () => five },
      {
        ...ones('pieces', [5]),
        data: async function* () {
          yield five.subarray(0, 2);
          yield five.subarray(2);
        },
      },
      { ...ones('none', [2, 0]), data: () => [] },
    ]);
    const checkpoint = await Checkpoint.open(path);
    expect(await values(checkpoint, 'promise')).toEqual([...five]);
    expect(await values(checkpoint, 'pieces')).toEqual([...five]);
    expect(checkpoint.info('none')).toMatchObject({ shape: [2, 0], byteLength: 0 });
    expect(checkpoint.isInPlace('none')).toBe(true);
    await checkpoint.close();
  });

  it('notes the checksums that zip archives have', async () => {
    const path = join(folder, 'checked.pt');
    await writeTorchFile(path, [
      { ...ones('x', [9]), dtype: 'uint8', data: () => [Buffer.from('123456789')] },
    ]);
    const bytes = readFileSync(path);
    const header = bytes.indexOf('checked/data/0') - 30;
    expect(bytes.readUInt32LE(header + 14)).toBe(0xcbf43926); // the published check value of CRC-32
  });

  it('says which tensor is wrong', async () => {
    const path = join(folder, 'wrong.pt');
    const short = { ...ones('x', [3]), data: () => [Float32Array.of(1)] };
    await expect(writeTorchFile(path, [short])).rejects.toThrow('expected 12 bytes, got 4');
    await expect(writeTorchFile(path, [ones('x', [1]), ones('x', [1])])).rejects.toThrow(
      '"x": is given twice',
    );
    await expect(writeTorchFile(path, [ones('x', [-1])])).rejects.toThrow('wrong shape');
    expect(existsSync(path)).toBe(false);
    const inFile = join(fixtures, 'zip.pt', 'x.pt');
    await expect(writeTorchFile(inFile, [ones('x', [1])])).rejects.toThrow(CheckpointError);
  });
});
