import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Checkpoint, writeSafetensors } from '../src/checkpoints/index.ts';
import { f32 } from '../src/graph/index.ts';
import { meanWeights } from './meanWeights.ts';

let folder: string;
const model = (name: string): string => join(folder, name);
const file = 'diffusion_pytorch_model.safetensors';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mean-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, w: readonly number[], more: object = {}): Promise<string> {
  await mkdir(model(name), { recursive: true });
  await writeSafetensors(join(model(name), file), { w: f32(w, [w.length]), ...more });
  return model(name);
}

test('the mean of two checkpoints, beside the files of the second', async () => {
  const [a, b, out] = [await write('a', [1, -2]), await write('b', [2, 4]), model('out')];
  await writeFile(join(b, 'latents.json'), '{}');
  await meanWeights(a, b, out);
  const checkpoint = await Checkpoint.open([join(out, file)]);
  expect([...(await checkpoint.readFloat32('w')).data]).toEqual([1.5, 1]);
  await checkpoint.close();
  expect(await readFile(join(out, 'latents.json'), 'utf8')).toBe('{}');
});

test('what does not fit is named', async () => {
  const [a, b] = [await write('a', [1, -2]), await write('b', [2, 4], { v: f32([1], [1]) })];
  await expect(meanWeights(a, b, model('out'))).rejects.toThrow(`only one of ${a} and ${b} has v`);
  const c = await write('c', [2, 4, 6]);
  await expect(meanWeights(a, c, model('out'))).rejects.toThrow(/w: shapes 2 in .* and 3 in/);
});
