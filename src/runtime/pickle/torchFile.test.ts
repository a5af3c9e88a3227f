import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, parameter } from '../../graph/index.ts';
import { Checkpoint } from '../checkpoint.ts';
import { WorkerHost } from '../workerHost.ts';
import { convertToSafetensors } from './convert.ts';
import { type TorchTensorSource, writeTorchFile } from './writeTorchFile.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/torch_files/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'torch-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Expected {
  readonly dtype: string;
  readonly shape: number[];
  readonly values: number[];
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
      expect(await values(checkpoint, name), name).toEqual(wanted.map((v) => expect.closeTo(v, 5)));
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

  it('is found in a folder, and converted', async () => {
    await writeTorchFile(join(folder, 'pytorch_model.bin'), [ones('a', [2])]);
    const checkpoint = await Checkpoint.open(folder);
    expect(checkpoint.names()).toEqual(['a']);
    await checkpoint.close();
    const to = join(folder, 'converted.safetensors');
    await convertToSafetensors(join(fixtures, 'zip.pt'), to);
    const converted = await Checkpoint.open(to);
    const { turned, double } = expected['zip.pt'] as Record<string, Expected>;
    expect(await values(converted, 'turned')).toEqual(turned?.values.map((v) => expect.closeTo(v, 5)));
    expect(converted.info('double').dtype).toBe('float32');
    expect(await values(converted, 'double')).toEqual(double?.values.map((v) => expect.closeTo(v, 5)));
    expect(converted.info('b').dtype).toBe('bfloat16');
    await converted.close();
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

  it('says which tensor is wrong', async () => {
    const path = join(folder, 'wrong.pt');
    const short = { ...ones('x', [3]), data: () => [Float32Array.of(1)] };
    await expect(writeTorchFile(path, [short])).rejects.toThrow('expected 12 bytes, got 4');
    expect(existsSync(path)).toBe(false);
  });
});

describe('what pretends to be a file of weights', () => {
  /** A pickle from its opcodes, as the checkpoint's. */
  async function open(pickle: string, name = 'attack.pt'): Promise<string> {
    const path = join(folder, name);
    await writeTorchFile(path, [ones('x', [1])]);
    const bytes = readFileSync(path);
    const at = bytes.indexOf('\x80\x02}', 0, 'latin1');
    const text = Buffer.from(pickle, 'latin1');
    const size = bytes.readUInt32LE(18);
    if (text.length > size) throw new Error('the pickle does not fit');
    text.copy(bytes, at); // what follows its end is not read
    writeFileSync(path, bytes);
    return Checkpoint.open(path).then(
      async (c) => {
        await c.close();
        return 'opened';
      },
      (error: Error) => `${error.name}: ${error.message}`,
    );
  }

  it.each([
    ['os.system', "cos\nsystem\n(S'touch x'\ntR."],
    ['builtins.eval', "c__builtin__\neval\n(S'1'\ntR."],
    ['getattr', 'c__builtin__\ngetattr\n(.'],
    ['copyreg', 'ccopyreg\n_reconstructor\n(.'],
    ['torch.load', 'ctorch\nload\n(.'],
    ['a call of a type', 'ctorch\nFloatStorage\n)R.'],
    ['a state', '(lp0\n(dp1\nb.'],
    ['a class', '(ios\nsystem\n.'],
    ['an extension', '\x82\x01.'],
    ['a long string', 'X\xff\xff\xff\x7f.'],
    ['a long number', '\x8b\xff\xff\xff\x7f.'],
    ['an unknown memo', 'h\x05.'],
    ['an empty stack', '.'],
    ['no end', '}}}}'],
    ['a storage of no size', '((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuJ\xff\xff\xff\xfftQ.'],
    ['what is no dict', 'K\x01.'],
  ])('%s', async (_, pickle) => {
    expect(await open(pickle)).toMatch(/^CheckpointError/);
  });

  it('nothing reaches a prototype', async () => {
    expect(await open('}U\x09__proto__}U\x01xK\x01sss.')).toMatch(/CheckpointError/);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('deep nesting and bombs of references end', async () => {
    const path = join(folder, 'deep.pt');
    const legacy = (body: string): Buffer => {
      const head = readFileSync(join(fixtures, 'legacy.pt'));
      const object = head.indexOf('ccollections', 0, 'latin1') - 2;
      return Buffer.concat([head.subarray(0, object), Buffer.from(body, 'latin1')]);
    };
    const bombs = [
      `\x80\x02${']'.repeat(1_000_000)}.`,
      `\x80\x02${'('.repeat(1_000_000)}t.`,
      `\x80\x02]q\x00${'(h\x00h\x00eq\x00'.repeat(50_000)}.`,
      `\x80\x02]q\x00${'2'.repeat(17_000_000)}.`,
    ];
    for (const bomb of bombs) {
      writeFileSync(path, legacy(bomb));
      await expect(Checkpoint.open(path)).rejects.toThrow(/deep\.pt/);
    }
  });
});
