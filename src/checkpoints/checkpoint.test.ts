import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, f32, i64, parameter, type TensorData } from '../graph/index.ts';
import { WorkerHost } from '../runtime/workerHost.ts';
import { Checkpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpointError.ts';
import { checkTensors } from './checkTensors.ts';
import { parsePythonJson, readConfig } from './pythonJson.ts';
import { writeSafetensors } from './safetensors.ts';

const root = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A folder with these files; texts as they are, tensors as safetensors. */
async function folderOf(files: Record<string, string | Record<string, TensorData>>): Promise<string> {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'string') writeFileSync(join(folder, name), content);
    else await writeSafetensors(join(folder, name), content);
  }
  return folder;
}

const one = { a: f32([1], [1]) };
const two = { b: f32([2, 3], [2]) };
const index = (map: unknown): string => JSON.stringify({ metadata: {}, weight_map: map });

describe('open', () => {
  const shards = {
    'x-00001-of-00002.safetensors': one,
    'x-00002-of-00002.safetensors': two,
    'model.safetensors.index.json': index({
      a: 'x-00001-of-00002.safetensors',
      b: 'x-00002-of-00002.safetensors',
    }),
  };

  it('takes a file', async () => {
    const folder = await folderOf({ 'any.safetensors': one, 'other.safetensors': two });
    const checkpoint = await Checkpoint.open(join(folder, 'any.safetensors'));
    expect(checkpoint.names()).toEqual(['a']);
    expect(checkpoint.info('a').file).toBe(join(folder, 'any.safetensors'));
    expect(() => checkpoint.info('z')).toThrow(
      /"z": not in this checkpoint. It holds 1 tensors, such as "a"/,
    );
    await checkpoint.close();
    await expect(Checkpoint.open(folder)).rejects.toThrow(
      'any.safetensors and other.safetensors lie there, and which of them is the model cannot be told. Keep one of them',
    );
  });

  it('does not see files that a killed process was writing', async () => {
    const folder = await folderOf({ 'model.safetensors': one, '.7-0.tmp.additions.safetensors': two });
    const checkpoint = await Checkpoint.open(folder);
    expect(checkpoint.names()).toEqual(['a']);
    await checkpoint.close();
  });

  it('takes shards, by their index or their folder', async () => {
    const folder = await folderOf(shards);
    for (const path of [folder, join(folder, 'model.safetensors.index.json')]) {
      const checkpoint = await Checkpoint.open(path);
      expect(checkpoint.names()).toEqual(['a', 'b']);
      expect(await checkpoint.read('b')).toEqual(two.b);
      expect((await checkpoint.readFloat32('a')).data).toEqual(Float32Array.of(1));
      expect(checkpoint.info('b').file).toContain('x-00002');
      await checkpoint.close();
    }
  });

  it('takes layers, of which later ones hide earlier ones', async () => {
    const base = await folderOf(shards);
    const own = await folderOf({ 'model.safetensors': { b: f32([9, 9], [2]), c: f32([4], [1]) } });
    const checkpoint = await Checkpoint.open([base, own]);
    expect(checkpoint.names().sort()).toEqual(['a', 'b', 'c']);
    expect([...(await checkpoint.readFloat32('b')).data]).toEqual([9, 9]);
    expect([...(await checkpoint.readFloat32('a')).data]).toEqual([1]);
    expect(checkpoint.info('b').file).toBe(join(own, 'model.safetensors'));
    await checkpoint.close();
    await expect(Checkpoint.open([base, join(root, 'nowhere')])).rejects.toThrow('no such file');
  });

  it('prefers the published names, full precision first', async () => {
    const all = {
      'model.safetensors': one,
      'diffusion_pytorch_model.fp16.safetensors': two,
      'z.safetensors': two,
    };
    const folder = await folderOf(all);
    const opened = async (options?: { variant: string }): Promise<string> => {
      const checkpoint = await Checkpoint.open(folder, options);
      await checkpoint.close();
      return checkpoint.path.slice(folder.length + 1);
    };
    expect(await opened()).toBe('model.safetensors');
    expect(await opened({ variant: 'fp16' })).toBe('diffusion_pytorch_model.fp16.safetensors');
    await expect(opened({ variant: 'ema' })).rejects.toThrow(/no weights of variant 'ema'/);
    rmSync(join(folder, 'model.safetensors'));
    expect(await opened()).toBe('diffusion_pytorch_model.fp16.safetensors');
    const sharded = await folderOf({
      'diffusion_pytorch_model.safetensors.index.fp16.json': index({ a: 's.safetensors' }),
      's.safetensors': one,
    });
    const shardedHalf = await Checkpoint.open(sharded);
    expect(shardedHalf.names()).toEqual(['a']);
    await shardedHalf.close();
  });

  const faults: [string, Record<string, string | Record<string, TensorData>>, RegExp][] = [
    ['nothing', {}, /got an empty folder/],
    ['what torch never wrote', { 'pytorch_model.bin': 'x' }, /pytorch_model\.bin: /],
    [
      'a shard outside',
      { 'model.safetensors.index.json': index({ a: '../0/any.safetensors' }) },
      /"a": wrong shard name/,
    ],
    [
      'a shard at a root',
      { 'model.safetensors.index.json': index({ a: '/tmp/any.safetensors' }) },
      /"a": wrong shard name/,
    ],
    [
      'a shard that is no file',
      { 'model.safetensors.index.json': index({ a: 7 }) },
      /wrong shard name.*got 7/,
    ],
    [
      'a shard of another kind',
      { 'model.safetensors.index.json': index({ a: 'x.gguf' }) },
      /wrong shard name/,
    ],
    [
      'a missing shard',
      { 'model.safetensors.index.json': index({ a: 'x.safetensors' }) },
      /x.safetensors: no such file/,
    ],
    ['no map', { 'model.safetensors.index.json': '{}' }, /expected an object "weight_map"/],
    ['no JSON', { 'model.safetensors.index.json': '{' }, /not valid JSON/],
    ['a list', { 'model.safetensors.index.json': '[]' }, /expected a JSON object/],
    [
      'an index of another version',
      { 'model.safetensors.index.json': index({ c: 'x.safetensors' }), 'x.safetensors': one },
      /"c": the index says that it is in "x.safetensors", and it is not/,
    ],
    [
      'a broken shard',
      { 'model.safetensors.index.json': index({ a: 'x.safetensors' }), 'x.safetensors': 'short' },
      /too short/,
    ],
  ];
  it.each(faults)('refuses %s', async (_, files, message) => {
    const error = await Checkpoint.open(await folderOf(files)).then(
      () => expect.fail('opened'),
      (e: unknown) => e as Error,
    );
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toMatch(message);
  });

  it('refuses a path that is not there', async () => {
    await expect(Checkpoint.open(join(root, 'none'))).rejects.toThrow(/none: no such file/);
  });
});

describe('checkTensors', () => {
  const tensors = { 'x.weight': f32([1, 2], [2]), 'x.ids': i64([1], [1]), old: f32([1], [1]) };

  it('finds tensors, by other names too', async () => {
    const checkpoint = await Checkpoint.open(await folderOf({ 'model.safetensors': tensors }));
    const expected = new Map([
      ['x.weight', { shape: [2] }],
      ['new', { shape: [1], dtype: 'float32' as const }],
    ]);
    const options = {
      ignore: [/\.ids$/g],
      aliases: (name: string) => (name === 'new' ? ['older', 'old'] : []),
    };
    expect([...checkTensors(checkpoint, expected, options)]).toEqual([
      ['x.weight', 'x.weight'],
      ['new', 'old'],
    ]);
    await checkpoint.close();
  });

  it('lists everything that does not fit, at once', async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`more.${i}`, f32([1], [1])]));
    const checkpoint = await Checkpoint.open(
      await folderOf({ 'model.safetensors': { ...tensors, ...many } }),
    );
    const expected = new Map([
      ['x.weight', { shape: [2, 1] }],
      ['x.ids', { shape: [1] }],
      ['y', { shape: [3] }],
    ]);
    expect(() => checkTensors(checkpoint, expected)).toThrow(CheckpointError);
    const { message } = ((): Error => {
      try {
        checkTensors(checkpoint, expected);
      } catch (error) {
        return error as Error;
      }
      return new Error('nothing thrown');
    })();
    expect(message).toContain('1 missing: "y" [3]');
    expect(message).toMatch(/10 unexpected: .*"more\.4" \[1\], \.\.\. 5 more/);
    expect(message).toContain(
      '2 of another shape or dtype: "x.weight" expected float [2,1], got float32 [2]',
    );
    expect(message).toContain('"x.ids" expected float [1], got int64 [1]');
    await checkpoint.close();
  });
});

describe('weights in place', () => {
  it('run from shards behind symbolic links, as published caches have them', async () => {
    const blobs = await folderOf({});
    const deep = join(blobs, 'deep');
    mkdirSync(deep);
    await writeSafetensors(join(blobs, 'blob1.safetensors'), { a: f32([1, 2], [2]) });
    await writeSafetensors(join(deep, 'blob2.safetensors'), { 'b.old': f32([10, 20], [2]) });
    const snapshot = await folderOf({
      'model.safetensors.index.json': index({ a: 's1.safetensors', 'b.old': 's2.safetensors' }),
    });
    symlinkSync(join(blobs, 'blob1.safetensors'), join(snapshot, 's1.safetensors'));
    symlinkSync(join(deep, 'blob2.safetensors'), join(snapshot, 's2.safetensors'));
    const checkpoint = await Checkpoint.open(snapshot);
    const [a, b] = [parameter('a', [2]), parameter('b', [2])];
    const stored = checkTensors(
      checkpoint,
      new Map([
        ['a', a],
        ['b', b],
      ]),
      { aliases: (name) => [`${name}.old`] },
    );
    const program = compile({ outA: a, outB: b }, { weights: checkpoint.weights(stored) });
    expect(program.inputs).toEqual([]);
    const host = await WorkerHost.start({ threads: 1 });
    try {
      const results = await (await host.load(program)).run();
      expect([...results.outA!.data, ...results.outB!.data]).toEqual([1, 2, 10, 20]);
    } finally {
      await host.close();
      await checkpoint.close();
    }
  });
});

describe('configs', () => {
  it('may hold what Python writes for numbers that JSON does not have', async () => {
    const text =
      '{"a": -Infinity, "b": [Infinity, NaN, -1.5], "c": "NaN and \\"Infinity, -Infinity", "NaN": 1}';
    const expected = { a: -Infinity, b: [Infinity, NaN, -1.5], c: 'NaN and "Infinity, -Infinity', NaN: 1 };
    expect(parsePythonJson(text)).toEqual(expected);
    const folder = await folderOf({
      'config.json': text,
      'scheduler_config.json': '{"x": 1}',
      'list.json': '[NaN]',
    });
    expect(await readConfig(folder)).toEqual(expected);
    expect(await readConfig(join(folder, 'scheduler_config.json'))).toEqual({ x: 1 });
    await expect(readConfig(join(folder, 'list.json'))).rejects.toThrow(/expected a JSON object/);
    await expect(readConfig(join(folder, 'none.json'))).rejects.toThrow(/none.json: no such file/);
    expect(() => parsePythonJson('{"a": NaN1}')).toThrow(SyntaxError);
  });
});
