import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Checkpoint, dequantizeRows, float32ToFloat16, writeSafetensors } from '../checkpoints/index.ts';
import { f32, input, type Scope, type TensorData } from '../graph/index.ts';
import { linear } from '../nn/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { checkpointSource } from './modelSource.ts';
import { prepareWeights } from './preparedWeights.ts';

/** Two linear layers, one of which is too narrow to be quantised, and a third in a file of its own. */
function model(p: Scope) {
  const wide = linear(p.at('wide'), input('x', [2, 64]), 6);
  const narrow = linear(p.at('narrow'), wide, 4, { bias: false });
  return { y: linear(p.at('own'), narrow, 3) };
}

describe('prepareWeights', () => {
  let folder: string;
  let host: WorkerHost;
  const random = Random.of(4, 'weights');
  const half = (shape: number[]): TensorData => {
    const values = random.normals(shape.reduce((a, b) => a * b, 1));
    return { dtype: 'float16', shape, data: float32ToFloat16(values) };
  };
  const x = f32(random.normals(128), [2, 64]);
  const base = (): string => join(folder, 'base');
  const own = (): string => join(folder, 'own');
  const run = async (paths: string | string[]): Promise<number[]> => {
    const source = await checkpointSource(host, paths);
    const network = await source.load(model);
    const { y } = await network.run({ x });
    await network.release();
    return Array.from(y?.data as Float32Array);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prepared-'));
    host = await WorkerHost.start({ threads: 1 });
    await writeSafetensors(join(base(), 'model.safetensors'), {
      'wide.weight': half([6, 64]),
      'wide.bias': half([6]),
      'narrow.weight': half([4, 6]),
      unused: half([5]),
    });
    await writeSafetensors(join(own(), 'model.safetensors'), {
      'own.weight': f32(random.normals(12), [3, 4]),
      'own.bias': f32([1, 2, 3], [3]),
    });
  });
  afterAll(async () => {
    await host.close();
    await rm(folder, { recursive: true });
  });

  describe('where the folder cannot be written', () => {
    const blocked = (): string => join(folder, 'blocked');
    beforeAll(async () => {
      await mkdir(blocked());
      await copyFile(join(base(), 'model.safetensors'), join(blocked(), 'model.safetensors'));
      // root may write everywhere, but not into a file
      await writeFile(join(blocked(), '.moviedreamer'), '');
    });
    afterAll(() => void vi.unstubAllEnvs());
    const prepare = (): Promise<string> =>
      prepareWeights([blocked(), own()], { format: 'float32', declare: model });

    it("makes copies in the user's cache, and finds them there", async () => {
      vi.stubEnv('XDG_CACHE_HOME', join(folder, 'home', 'cache'));
      const path = await prepare();
      expect(dirname(path)).toBe(join(folder, 'home', 'cache', 'moviedreamer', 'weights'));
      expect(await readdir(dirname(path))).toEqual([basename(path)]); // no claim is left
      const { mtimeMs } = await stat(path);
      expect(await prepare()).toBe(path);
      expect((await stat(path)).mtimeMs).toBe(mtimeMs);
    });

    it('takes a copy that lies beside it though nothing can be written there', async () => {
      await rm(join(blocked(), '.moviedreamer'));
      const path = await prepare();
      expect(dirname(path)).toBe(join(folder, 'home', 'cache', 'moviedreamer', 'weights'));
      await mkdir(join(blocked(), '.moviedreamer'));
      await rename(path, join(blocked(), '.moviedreamer', basename(path)));
      expect(await prepare()).toBe(join(blocked(), '.moviedreamer', basename(path)));
      await rm(join(blocked(), '.moviedreamer'), { recursive: true });
      await writeFile(join(blocked(), '.moviedreamer'), '');
    });

    it('says so where neither can be written', async () => {
      vi.stubEnv('XDG_CACHE_HOME', join(blocked(), 'model.safetensors'));
      await expect(prepare()).rejects.toThrow(
        /a copy of the weights in another form can be written neither to .*blocked\/\.moviedreamer \(E\w+\) nor to .*XDG_CACHE_HOME/,
      );
    });
  });

  it('widens half precision and joins layers, to the same results', async () => {
    const path = await prepareWeights([base(), own()], { format: 'float32', declare: model });
    expect(path).toMatch(/base\/\.moviedreamer\/float32-\d+-[0-9a-f]{16}\.safetensors$/);
    const checkpoint = await Checkpoint.open(path);
    expect(checkpoint.names().sort()).toEqual([
      'narrow.weight',
      'own.bias',
      'own.weight',
      'wide.bias',
      'wide.weight',
    ]);
    expect(checkpoint.info('wide.weight').dtype).toBe('float32');
    await checkpoint.close();
    expect(await run(path)).toEqual((await run([base(), own()])).map((v) => expect.closeTo(v, 5)));
  });

  it.each([
    ['int8', 0.04],
    ['int4', 0.3],
  ] as const)('quantises linear layers to %s', async (format, most) => {
    const steps: number[] = [];
    const onProgress = (done: number, total: number): void => void steps.push(done / total);
    const path = await prepareWeights([base(), own()], { format, declare: model, onProgress });
    expect(steps.at(-1)).toBe(1);
    const checkpoint = await Checkpoint.open(path);
    expect(checkpoint.names()).toContain('narrow.weight'); // 6 is no multiple of 32
    const bits = format === 'int4' ? 4 : 8;
    expect(checkpoint.info('wide.weight_packed').shape).toEqual([6, 2, 4 * bits]);
    const packed = (await checkpoint.read('wide.weight_packed')).data as Uint8Array;
    const scales = (await checkpoint.readFloat32('wide.weight_scales')).data;
    const original = await Checkpoint.open(base());
    const values = (await original.readFloat32('wide.weight')).data;
    const back = dequantizeRows({ packed, scales }, bits, 32);
    expect(Math.hypot(...values.map((v, i) => v - back[i]!)) / Math.hypot(...values)).toBeLessThan(most / 2);
    await original.close();
    await checkpoint.close();
    const [got, wanted] = [await run(path), await run([base(), own()])];
    expect(Math.hypot(...got.map((v, i) => v - wanted[i]!)) / Math.hypot(...wanted)).toBeLessThan(most);
  });

  it('makes a file once, and another one for other weights', async () => {
    const cache = join(base(), '.moviedreamer');
    const before = await readdir(cache);
    let asked = 0;
    const again = { format: 'int8', declare: model, onProgress: () => void asked++ } as const;
    await prepareWeights([base(), own()], again);
    expect(asked).toBe(0);
    await utimes(join(own(), 'model.safetensors'), new Date(), new Date()); // contents count, not times
    await prepareWeights([base(), own()], again);
    expect(asked).toBe(0);
    await writeSafetensors(join(own(), 'model.safetensors'), {
      'own.weight': f32(random.normals(12), [3, 4]),
      'own.bias': f32([1, 2, 3], [3]),
    });
    await prepareWeights([base(), own()], again);
    expect(asked).toBeGreaterThan(0);
    expect(await readdir(cache)).toHaveLength(before.length + 1);
  });

  it('makes another file for a part of the same model', async () => {
    const options = { format: 'int8' } as const;
    const whole = await prepareWeights([base(), own()], { ...options, declare: model });
    const wide = (p: Scope): unknown => linear(p.at('wide'), input('x', [2, 64]), 6);
    const alone = await prepareWeights([base(), own()], { ...options, declare: wide });
    expect(alone).not.toBe(whole);
    const checkpoint = await Checkpoint.open(alone);
    await checkpoint.close();
    expect(checkpoint.names().every((name) => name.startsWith('wide.'))).toBe(true);
  });

  it('takes what is float32 already as it is, and stops when told to', async () => {
    const file = join(own(), 'model.safetensors');
    const declare = (p: Scope): unknown => linear(p.at('own'), input('x', [1, 4]), 3);
    expect(await prepareWeights([file], { format: 'float32', declare })).toBe(file);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const stopped = { format: 'int4', declare: model, signal: controller.signal } as const;
    await writeSafetensors(file, {
      'own.weight': f32(random.normals(12), [3, 4]),
      'own.bias': f32([0, 2, 3], [3]),
    });
    await expect(prepareWeights([base(), own()], stopped)).rejects.toThrow('enough');
    expect((await readdir(join(base(), '.moviedreamer'))).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
