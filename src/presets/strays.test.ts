import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manifest } from '../hub/index.ts';
import { looseWeights, misplacedAdapters, unusedWeights } from './strays.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'strays-'));
});
afterEach(() => rm(root, { recursive: true }));
const put = async (...paths: string[]): Promise<void> => {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
};

it('names what lies in a folder of a model and is not read', async () => {
  await put('unet/model.safetensors', 'unet/config.json', 'unet/.DS_Store', 'unet/Thumbs.db');
  expect(await unusedWeights([join(root, 'unet'), join(root, 'nowhere')])).toEqual([]);
  await put('unet/pytorch_model.bin', 'unet/adapter_model.safetensors', 'unet/adapter_model.bin');
  await put('unet/checkpoint-500/pytorch_lora_weights.safetensors', 'unet/__MACOSX/._model.safetensors');
  const at = (name: string): string => join(root, 'unet', name);
  expect(await unusedWeights([at('.')])).toEqual([
    `${at('pytorch_model.bin')} is not read: model.safetensors lies beside it and comes first`,
    `${at('adapter_model.bin')} is not read: adapter_model.safetensors comes first`,
    `${at('checkpoint-500/pytorch_lora_weights.safetensors')} is not read: only files in ${at('.')} itself are`,
  ]);
});

it('finds adapters beside the folders of models', async () => {
  await put('unet/model.safetensors', 'vae/model.safetensors', 'vae/adapter_model.bin');
  const folders = [join(root, 'unet'), join(root, 'vae')];
  expect(await misplacedAdapters(folders)).toEqual([]);
  await put('pytorch_lora_weights.safetensors');
  expect(await misplacedAdapters(folders)).toEqual([join(root, 'pytorch_lora_weights.safetensors')]);
});

it('finds loose weights that no part is published as', async () => {
  await put('sd_xl_base_1.0.safetensors', 'longclip-L.pt', 'longclip-L.safetensors', 'face.pth', 'notes.txt');
  const common = { about: '', bytes: { full: 1 }, gated: false, licence: { name: '', link: '' } };
  const repo = { repo: 'a/b', revision: 'main', needs: [], extras: [], weights: { full: ['longclip-L.pt'] } };
  const manifest: Manifest = {
    parts: {
      text: { kind: 'published', ...common, source: repo },
      face: { kind: 'published', ...common, source: { url: 'https://a.example/face.pth', file: 'face.pth' } },
    },
  };
  expect(await looseWeights(root, manifest)).toEqual([join(root, 'sd_xl_base_1.0.safetensors')]);
});
