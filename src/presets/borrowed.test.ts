import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { borrowedNotice } from './borrowed.ts';
import { Preset, packageRoot } from './preset.ts';
import { isShipped } from './shipped.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'borrowed-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...path: string[]): string => join(folder, ...path);

/** Puts a file of weights into a model's folder. */
async function put(set: string, ...models: string[]): Promise<void> {
  for (const model of models) {
    await mkdir(at(set, model), { recursive: true });
    await writeFile(at(set, model, 'model.safetensors'), '');
  }
}

const open = (more: object = {}): Promise<Preset> =>
  Preset.open('theatre', { weights: at('own'), packaged: at('packaged'), ...more });

describe('a folder of weights that lacks models', () => {
  it('reads them from the package, and writes none there', async () => {
    await put('packaged', 'vae', 'clip', 'unet', 'detector');
    await put('own', 'vae');
    await mkdir(at('own', 'clip')); // empty: of a training that was stopped before it saved
    const preset = await open();
    expect(preset.borrowed).toEqual(['clip', 'unet', 'detector']);
    expect(preset.owned).toEqual(['vae']);
    expect(preset.layers('vae')).toEqual([at('own/vae')]);
    expect(preset.layers('clip')).toEqual([at('packaged/clip')]);
    expect(preset.weightsIn('detector')).toBe(at('packaged/detector'));
    expect(preset.weights('clip')).toBe(at('own/clip'));
    // neither has it: then it is missing where it was looked for
    expect(preset.layers('face')).toEqual([at('own/face')]);
    await put('own', 'clip');
    expect((await open()).borrowed).toEqual(['unet', 'detector']);
  });

  it('lends nothing to a folder without any of them, unless a training fills it', async () => {
    await put('packaged', 'vae', 'clip');
    expect((await open()).borrowed).toEqual([]);
    expect((await open({ filling: true })).borrowed).toEqual(['clip', 'vae']);
    await expect((await open()).requireWeights(['vae'])).rejects.toThrow(/no weights for vae in .*own/);
  });

  it('counts an adapter as weights', async () => {
    await put('packaged', 'autoregressor');
    await mkdir(at('own/autoregressor'), { recursive: true });
    await writeFile(at('own/autoregressor/adapter_model.safetensors'), '');
    expect((await open()).borrowed).toEqual([]);
  });

  it('is told of models that were trained over another one than it has', async () => {
    const folders = { weightsFolder: 'runs/weights', packagedWeights: 'package' };
    const preset = { ...folders, borrowed: ['unet', 'clip'], owned: ['vae'] };
    expect(borrowedNotice(preset, ['vae', 'face'])).toBeUndefined();
    expect(borrowedNotice(preset, ['clip'])).toBe('clip: not in runs/weights, read from package');
    expect(borrowedNotice({ ...preset, borrowed: ['animator', 'clip'] }, ['clip', 'animator'])).toBe(
      'clip, animator: not in runs/weights, read from package. Of these were trained animator over another vae: train them ' +
        'again before judging what they make',
    );
  });
});

it.each([
  [join(packageRoot, 'weights'), true],
  [join(packageRoot, 'weights/theatre/unet/new.safetensors'), true],
  [join(packageRoot, 'src/../weights/other'), true],
  [join(packageRoot, 'weights-of-mine'), false],
  [join(packageRoot, 'runs/weights'), false],
  [packageRoot, false],
  [tmpdir(), false],
])('isShipped(%s)', async (path, expected) => {
  expect(await isShipped(path)).toBe(expected);
});
