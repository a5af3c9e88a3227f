import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Preset, packageRoot } from './preset.ts';
import { modelsFor, modelsOf, playerIn } from './roles.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roles-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('lets a model stand in only where the preset has no other', () => {
  const all = () => true;
  const small = (model: string): boolean =>
    !['text', 'animator_vae', 'animator_image_encoder'].includes(model);
  expect(modelsFor(['tokens', 'references'], all)).toEqual([
    'text',
    'face',
    'autoregressor',
    'clip',
    'compressor',
  ]);
  expect(modelsFor(['keyframe'], all)).toEqual(['text', 'face', 'vae', 'unet', 'renderer']);
  expect(modelsFor(['clip'], all)).toEqual(['animator_image_encoder', 'animator_vae', 'animator']);
  // the order that keys of films have: those of before there was this table stay valid
  expect(modelsFor(['tokens', 'references'], small)).toEqual(['clip', 'face', 'autoregressor', 'compressor']);
  expect(modelsFor(['keyframe'], small)).toEqual(['clip', 'face', 'vae', 'unet', 'renderer']);
  expect(modelsFor(['clip'], small)).toEqual(['clip', 'vae', 'animator']);
  expect(modelsFor(['clip'], () => false)).toEqual([]);
});

it('knows the models of the presets that ship', async () => {
  const [theatre, paper] = await Promise.all(['theatre', 'paper'].map((name) => Preset.open(name)));
  expect(await modelsOf(theatre as Preset, ['clip'])).toEqual(['clip', 'vae', 'animator']);
  expect(await modelsOf(paper as Preset, ['clip'])).toEqual([
    ...['animator_image_encoder', 'animator_vae', 'animator'],
  ]);
  expect(await playerIn(theatre as Preset, 'text|clip')).toBe('text');
  expect(await playerIn(paper as Preset, 'text|clip')).toBe('text');
});

it('names the last resort of a role that nobody can play', async () => {
  const empty = join(folder, 'empty');
  await cp(join(packageRoot, 'presets', 'theatre', 'scheduler'), join(empty, 'scheduler'), {
    recursive: true,
  });
  expect(await playerIn(await Preset.open(empty), 'text|clip')).toBe('clip');
});
