import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Preset } from '../presets/index.ts';
import { copyBeside } from './savedModels.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saved-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('files that were read with the earlier weights of a model are copied beside the trained ones', async () => {
  const [weights, packaged] = [join(folder, 'own'), join(folder, 'packaged')];
  for (const [model, file, text] of [
    ['clip', 'model.safetensors', ''],
    ['clip', 'tokenizer.json', '{"version":"1.0"}'],
    ['vae', 'model.safetensors', ''],
  ] as const) {
    await mkdir(join(packaged, model), { recursive: true });
    await writeFile(join(packaged, model, file), text);
  }
  const preset = await Preset.open('theatre', { weights, packaged, filling: true });
  await copyBeside(preset, 'clip', ['tokenizer.json', 'tokenizer_config.json']);
  await copyBeside(preset, 'vae', ['latents.json']);
  expect(await readdir(weights)).toEqual(['clip']);
  expect(await readdir(join(weights, 'clip'))).toEqual(['tokenizer.json']);
  expect(await readFile(join(weights, 'clip/tokenizer.json'), 'utf8')).toBe('{"version":"1.0"}');

  // there already: left as it is
  await writeFile(join(weights, 'clip/model.safetensors'), '');
  await writeFile(join(weights, 'clip/tokenizer.json'), '{"version":"2.0"}');
  const again = await Preset.open('theatre', { weights, packaged });
  await copyBeside(again, 'clip', ['tokenizer.json']);
  expect(await readFile(join(weights, 'clip/tokenizer.json'), 'utf8')).toBe('{"version":"2.0"}');
});
