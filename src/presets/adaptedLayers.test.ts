import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeAdapter, writeSafetensors } from '../checkpoints/index.ts';
import { f32, input, type Scope, type Tensor, type TensorData } from '../graph/index.ts';
import { linear } from '../nn/index.ts';
import { Random } from '../random/index.ts';
import { WorkerHost } from '../runtime/index.ts';
import { adaptedLayers } from './adaptedLayers.ts';
import { checkpointSource } from './modelSource.ts';
import { prepareWeights } from './preparedWeights.ts';

const [out, inner, r] = [8, 64, 2];
const random = Random.of(1, 'adapted');
const tensor = (...shape: number[]): TensorData => f32(random.normals(shape.reduce((a, b) => a * b)), shape);
const model = { 'to_q.weight': tensor(out, inner), 'to_k.weight': tensor(out, inner) };
const [a, b, x] = [tensor(r, inner), tensor(out, r), tensor(1, inner)];

let folder: string;
let host: WorkerHost;
beforeAll(async () => {
  host = await WorkerHost.start({ threads: 1 });
});
afterAll(() => host.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapted-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes the model, and an adapter of `to_q` that names it `base`. */
async function write(base: string): Promise<{ model: string; own: string }> {
  const [path, own] = [join(folder, 'model'), join(folder, 'own')];
  for (const each of [path, own]) await mkdir(each);
  await writeSafetensors(join(path, 'model.safetensors'), model);
  const settings = { r, alpha: 3, targets: ['to_q'], rslora: false, base };
  await writeAdapter(
    own,
    'peft',
    settings,
    new Map([
      ['to_q.lora_A.weight', a],
      ['to_q.lora_B.weight', b],
    ]),
  );
  return { model: path, own };
}
const build = (p: Scope): Record<string, Tensor> => {
  const rows = input('x', [1, inner]);
  const plain = { bias: false };
  return { q: linear(p.at('to_q'), rows, out, plain), k: linear(p.at('to_k'), rows, out, plain) };
};
const at = ({ data, shape }: TensorData, i: number, j: number): number =>
  (data as Float32Array)[i * (shape[1] as number) + j] as number;

describe('adaptedLayers', () => {
  it.each(['stored', 'int8', 'int4'] as const)('are computed beside weights in %s', async (format) => {
    const { model: path, own } = await write('nowhere');
    const { layers, adapter } = await adaptedLayers([path], own);
    const declare = (p: Scope): unknown => build(p);
    const base = format === 'stored' ? path : await prepareWeights(layers, { format, declare });
    const compute = (): 'float32' => 'float32';
    const run = async (with_: typeof adapter): Promise<Record<string, TensorData>> => {
      const source = await checkpointSource(host, base, { compute, adapter: with_ });
      const network = await source.load(build);
      return network.run({ x }).finally(() => network.release());
    };
    const [plain, adapted] = [await run(undefined), await run(adapter)];
    expect(adapted.k).toEqual(plain.k);
    for (let o = 0; o < out; o++) {
      let delta = 0;
      for (let j = 0; j < r; j++) {
        let low = 0;
        for (let i = 0; i < inner; i++) low += at(x, 0, i) * at(a, j, i);
        delta += 1.5 * low * at(b, o, j);
      }
      expect(at(adapted.q as TensorData, 0, o) - at(plain.q as TensorData, 0, o)).toBeCloseTo(delta, 3);
    }
  });

  it('are the plain ones where there is no adapter', async () => {
    expect(await adaptedLayers(['a', 'b'], folder)).toEqual({ layers: ['a', 'b'] });
  });

  it('has the model that the adapter names below it, and additions upon that', async () => {
    const { model: path, own } = await write('../model');
    expect((await adaptedLayers([own], own)).layers).toEqual([path]);
    const additions = join(own, 'additions.safetensors');
    await writeSafetensors(additions, { head: f32([1], [1]) });
    expect((await adaptedLayers([own], own)).layers).toEqual([path, additions]);
    await rename(join(path, 'model.safetensors'), join(own, 'model.safetensors'));
    expect((await adaptedLayers([own], own)).layers).toEqual([own]);
  });

  it('says what is missing, and how to go on', async () => {
    const { own } = await write('org/language');
    await expect(adaptedLayers([own], own)).rejects.toThrow(
      /the model that it adapts is not there; expected a checkpoint in .*own, or .*got org\/language.*models merge/,
    );
  });
});
